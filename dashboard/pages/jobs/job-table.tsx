import { Table } from '@mantine/core';
import { Link } from 'wouter';
import { AgeCell, CostCell } from '../../components/cells.tsx';
import { duration } from '../../components/format.ts';
import { Progress } from '../../components/progress.tsx';
import { Status } from '../../components/status.tsx';
import classes from '../../components/table.module.css';
import { useNow } from '../../components/use-now.ts';
import type { Schemas } from '../../data/api.ts';

/** Jobs, one a line; on a narrow screen one a card. */
export function JobTable({ jobs }: { jobs: readonly Schemas['JobListItem'][] }) {
  const now = useNow();
  return (
    <Table className={classes.table} highlightOnHover>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Job</Table.Th>
          <Table.Th w={170}>Status</Table.Th>
          <Table.Th w={190}>Tasks</Table.Th>
          <Table.Th w={130}>Cost</Table.Th>
          <Table.Th w={110}>Owner</Table.Th>
          <Table.Th w={90}>Age</Table.Th>
          <Table.Th w={100}>Took</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {jobs.map((job) => (
          <Table.Tr key={job.job_id}>
            <Table.Td className={classes.title}>
              <Link href={`/ui/jobs/${job.job_id}`}>{job.title}</Link>{' '}
              <span className={classes.id}>{job.job_id}</span>
            </Table.Td>
            <Table.Td>
              <Status status={job.status} partial={job.partial} />
            </Table.Td>
            <Table.Td>
              <Progress stats={job.stats} />
            </Table.Td>
            <CostCell budget={job.budget} />
            <Table.Td>{job.owner}</Table.Td>
            <AgeCell at={job.created_at} now={now} />
            <Table.Td className={classes.number}>
              {job.finished_at !== null && (
                <span title="Not counting the time spent waiting for people">
                  {duration(
                    job.active_seconds ?? (Date.parse(job.finished_at) - Date.parse(job.created_at)) / 1000,
                  )}
                </span>
              )}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
