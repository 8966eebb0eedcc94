import { Button, Group, Select, Text, Title } from '@mantine/core';
import { useMemo } from 'react';
import { useSearchParams } from 'wouter';
import { words } from '../../components/format.ts';
import { Reading } from '../../components/reading.tsx';
import type { Schemas } from '../../data/api.ts';
import { useJob, useJobs } from '../../data/jobs.ts';
import { earlierJobs } from './comparison.ts';
import { Difference } from './difference.tsx';
import classes from './results.module.css';

/** The results of an earlier job beside those of this one; the address says which. */
export function Compare({ job }: { job: Schemas['Job'] }) {
  const [search, setSearch] = useSearchParams();
  const chosen = search.get('with');
  const jobs = useJobs({});
  const { alike, others } = useMemo(
    () => earlierJobs(job, jobs.data?.pages.flatMap((page) => page.jobs) ?? []),
    [job, jobs.data],
  );
  const isListed = [...alike, ...others].some(({ job_id }) => job_id === chosen);
  const groups = [
    { group: 'Of the same title', items: alike.map(toOption) },
    { group: 'Others', items: others.map(toOption) },
    { group: 'Chosen', items: chosen === null || isListed ? [] : [{ value: chosen, label: chosen }] },
  ].filter(({ items }) => items.length > 0);
  const choose = (job_id: string | null) =>
    setSearch(job_id === null ? {} : { with: job_id }, { replace: true });
  return (
    <section aria-label="Compare" className={classes.compare}>
      <Title order={2}>Compare</Title>
      {groups.length === 0 && !jobs.isPending && <Text c="dimmed">There is no earlier job.</Text>}
      <Group gap="xs" align="end" my={6}>
        {groups.length > 0 && (
          <Select
            label="With an earlier job"
            placeholder="Choose one"
            searchable
            clearable
            clearButtonProps={{ 'aria-label': 'Stop comparing' }}
            data={groups}
            value={chosen}
            onChange={choose}
            flex="1 1 260px"
            maw={520}
          />
        )}
        {jobs.hasNextPage && (
          <Button variant="default" loading={jobs.isFetchingNextPage} onClick={() => jobs.fetchNextPage()}>
            Look further back
          </Button>
        )}
      </Group>
      {chosen !== null && <Chosen key={chosen} job={job} job_id={chosen} />}
    </section>
  );
}

function Chosen({ job, job_id }: { job: Schemas['Job']; job_id: string }) {
  return <Reading of={useJob(job_id)}>{(earlier) => <Difference job={job} earlier={earlier} />}</Reading>;
}

const toOption = ({ job_id, title, status, created_at }: Schemas['JobListItem']) => ({
  value: job_id,
  label: `${title} · ${words(status)} · ${new Date(created_at).toLocaleString()}`,
});
