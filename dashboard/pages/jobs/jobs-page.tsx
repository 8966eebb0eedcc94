import { Button, Group, Select, Text } from '@mantine/core';
import { useDeferredValue, useMemo, useState } from 'react';
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
import { JOB_STATUSES, matches } from './search.ts';

/** What waits for a person, and all jobs with how far they are and what they cost. */
export default function JobsPage() {
  const [status, setStatus] = useState<Schemas['JobStatus'] | null>(null);
  const [owner, setOwner] = useState<string | null>(null);
  const [search, setSearch] = useState('');
  const wanted = useDeferredValue(search);
  const jobs = useJobs({ ...(status ? { status } : {}), ...(owner ? { owner } : {}) });
  const all = useMemo(() => jobs.data?.pages.flatMap((page) => page.jobs) ?? [], [jobs.data]);
  const shown = useMemo(() => all.filter((job) => matches(job, wanted)), [all, wanted]);
  const owners = useMemo(() => [...new Set(all.map((job) => job.owner))].sort(), [all]);
  return (
    <Page
      title="Jobs"
      actions={
        <Button component={Link} href="/ui/submit">
          New job
        </Button>
      }
    >
      <NeedsMe jobs={all} />
      <Group gap="xs" mb="xs" component="search">
        <Search
          label="Search jobs"
          placeholder="Search title, id, owner"
          value={search}
          onValue={setSearch}
        />
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
              {all.length === 0 && status === null && owner === null
                ? 'No jobs yet. Submit one: there are templates to start from.'
                : 'No matching jobs.'}
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
