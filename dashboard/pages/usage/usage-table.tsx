import { Table, Text } from '@mantine/core';
import { Link } from 'wouter';
import { usd } from '../../components/format.ts';
import type { Schemas } from '../../data/api.ts';
import { useJobs } from '../../data/jobs.ts';
import classes from './usage.module.css';

type Group = Schemas['UsageGroup'];
type Sums = Schemas['UsageSums'];

const HEAD: Record<Group, string> = { day: 'Day (UTC)', agent: 'Agent', model: 'Model', job: 'Job' };

interface Column {
  name: string;
  of(sums: Sums): string;
}

const count = (value: number): string => value.toLocaleString('en');
const ALWAYS: readonly Column[] = [
  { name: 'Cost', of: ({ cost_usd }) => usd(cost_usd) },
  { name: 'Calls', of: ({ calls }) => count(calls) },
  { name: 'Input', of: ({ input_tokens }) => count(input_tokens) },
  { name: 'Output', of: ({ output_tokens }) => count(output_tokens) },
  { name: 'Cache read', of: ({ cache_read_tokens }) => count(cache_read_tokens) },
  { name: 'Cache write', of: ({ cache_write_tokens }) => count(cache_write_tokens) },
];

/** What is not settled, where there is some. */
const columnsOf = (total: Sums): Column[] => [
  ...ALWAYS,
  ...(total.estimated_calls > 0
    ? [{ name: 'Estimated, at most', of: (sums: Sums) => usd(sums.estimated_cost_usd) }]
    : []),
  ...(total.open_calls > 0 ? [{ name: 'Under way', of: (sums: Sums) => usd(sums.reserved_usd) }] : []),
];

/** The rows of a report with their sum; days and jobs newest first, agents and models by cost. */
export function UsageTable({ report }: { report: Schemas['UsageReport'] }) {
  const { group_by, rows, total } = report;
  if (rows.length === 0) {
    return (
      <Text c="dimmed" py="lg">
        No model was called in this time.
      </Text>
    );
  }
  const columns = columnsOf(total);
  const inTime = group_by === 'day' || group_by === 'job';
  const sorted = inTime ? rows.toReversed() : rows.toSorted((a, b) => b.cost_usd - a.cost_usd);
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <section className={classes.scroll} aria-label={`Usage by ${group_by}`} tabIndex={0}>
        <Table className={classes.table} highlightOnHover>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{HEAD[group_by]}</Table.Th>
              {columns.map(({ name }) => (
                <Table.Th key={name}>{name}</Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {sorted.map((row) => (
              <Table.Tr key={row.key}>
                <Table.Th scope="row">
                  <Key group={group_by} name={row.key} />
                </Table.Th>
                {columns.map(({ name, of }) => (
                  <Table.Td key={name}>{of(row)}</Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
          <Table.Tfoot>
            <Table.Tr>
              <Table.Th scope="row">Together</Table.Th>
              {columns.map(({ name, of }) => (
                <Table.Td key={name}>{of(total)}</Table.Td>
              ))}
            </Table.Tr>
          </Table.Tfoot>
        </Table>
      </section>
      {total.unpriced_calls > 0 && (
        <Text c="dimmed" mt="xs">
          {total.unpriced_calls === 1 ? '1 call was' : `${count(total.unpriced_calls)} calls were`} on models
          without a known price, and count as $0.
        </Text>
      )}
    </>
  );
}

function Key({ group, name }: { group: Group; name: string | null }) {
  if (name === null) return <Text c="dimmed">no agent</Text>;
  return group === 'job' ? <JobName job_id={name} /> : name;
}

/** A job of the ledger may have been deleted since: it is called by its id then. */
function JobName({ job_id }: { job_id: string }) {
  const job = useJobs({})
    .data?.pages.flatMap(({ jobs }) => jobs)
    .find((one) => one.job_id === job_id);
  if (job === undefined) return job_id;
  return (
    <>
      <Link href={`/ui/jobs/${job_id}`}>{job.title}</Link>
      <div className={classes.id}>{job_id}</div>
    </>
  );
}
