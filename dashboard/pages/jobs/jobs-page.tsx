import { Button, Group, Select, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { Link } from 'wouter';
import { words } from '../../components/format.ts';
import { MorePages } from '../../components/more-pages.tsx';
import { Page } from '../../components/page.tsx';
import { Reading } from '../../components/reading.tsx';
import { Search } from '../../components/search.tsx';
import type { Schemas } from '../../data/api.ts';
import { useJobs } from '../../data/jobs.ts';
import { JobTable } from './job-table.tsx';
import { NeedsMe } from './needs-me.tsx';
import { JOB_STATUSES } from './statuses.ts';

/** The service takes no more characters. */
const LONGEST_SEARCH = 200;
/** How long nothing is typed before the service is asked. */
const TYPING_MS = 200;

const jobsOf = ({ data }: ReturnType<typeof useJobs>) => data?.pages.flatMap((page) => page.jobs) ?? [];

/** What waits for a person, and all jobs with how far they are and what they cost. */
export default function JobsPage() {
  const [status, setStatus] = useState<Schemas['JobStatus'] | null>(null);
  const [owner, setOwner] = useState<string | null>(null);
  const [search, setSearch] = useState('');
  const [q] = useDebouncedValue(search.trim().slice(0, LONGEST_SEARCH), TYPING_MS);
  const isFiltered = status !== null || owner !== null || q !== '';
  const jobs = useJobs({ ...(status ? { status } : {}), ...(owner ? { owner } : {}), ...(q ? { q } : {}) });
  const latest = jobsOf(useJobs({}));
  const shown = jobsOf(jobs);
  const owners = [...new Set([...latest, ...shown].map((job) => job.owner))].sort();
  return (
    <Page
      title="Jobs"
      actions={
        <Button component={Link} href="/ui/submit">
          New job
        </Button>
      }
    >
      <NeedsMe jobs={latest} />
      <Group gap="xs" mb="xs" component="search">
        <Search label="Search jobs" placeholder="Search title or id" value={search} onValue={setSearch} />
        <Select
          aria-label="Status"
          placeholder="Any status"
          clearable
          data={JOB_STATUSES.map((value) => ({ value, label: words(value) }))}
          value={status}
          onChange={(value) => setStatus(value as Schemas['JobStatus'] | null)}
          w={160}
        />
        {(owners.length > 1 || owner !== null) && (
          <Select
            aria-label="Owner"
            placeholder="Any owner"
            clearable
            searchable
            data={owner !== null && !owners.includes(owner) ? [...owners, owner] : owners}
            value={owner}
            onChange={setOwner}
            w={160}
          />
        )}
      </Group>
      <Reading of={jobs}>
        {() =>
          shown.length === 0 ? (
            <Text c="dimmed" py="lg">
              {isFiltered
                ? 'No matching jobs.'
                : 'No jobs yet. Submit one: there are templates to start from.'}
            </Text>
          ) : (
            <JobTable jobs={shown} />
          )
        }
      </Reading>
      <MorePages of={jobs}>Earlier jobs</MorePages>
    </Page>
  );
}
