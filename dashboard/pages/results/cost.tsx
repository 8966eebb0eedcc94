import { Table, Text, Title } from '@mantine/core';
import { usd } from '../../components/format.ts';
import { Reading } from '../../components/reading.tsx';
import type { Schemas } from '../../data/api.ts';
import { useLedger } from '../../data/ledger.ts';
import { type CostRow, costsByAgent, costsByModel, totalOf } from './costs.ts';
import classes from './results.module.css';

/** What the model calls of a job cost: by agent and by model, out of the ledger. */
export function Cost({ job }: { job: Schemas['Job'] }) {
  return (
    <section aria-label="Cost">
      <Title order={2}>Cost</Title>
      <Reading of={useLedger(job.job_id)}>
        {(ledger) => {
          const [agents, models] = [costsByAgent(ledger), costsByModel(ledger)];
          return agents.length === 0 ? (
            <Text c="dimmed" mb="md">
              No model was called.
            </Text>
          ) : (
            <div className={classes.costs}>
              <CostTable head="Agent" rows={agents} />
              <CostTable head="Model" rows={models} />
            </div>
          );
        }}
      </Reading>
    </section>
  );
}

function CostTable({ head, rows }: { head: string; rows: readonly CostRow[] }) {
  const total = totalOf(rows);
  return (
    <Table className={classes.table} aria-label={`Cost by ${head.toLowerCase()}`}>
      {total.estimated_usd > 0 && (
        <Table.Caption>
          {usd(total.estimated_usd)} of it is an estimate: the most that calls without a bill can have cost.
        </Table.Caption>
      )}
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{head}</Table.Th>
          <Table.Th className={classes.number}>Calls</Table.Th>
          <Table.Th className={classes.number}>Tokens in</Table.Th>
          <Table.Th className={classes.number}>out</Table.Th>
          <Table.Th className={classes.number}>Cost</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map((row) => (
          <Cells key={row.name} row={row} />
        ))}
      </Table.Tbody>
      {rows.length > 1 && (
        <Table.Tfoot>
          <Cells row={total} />
        </Table.Tfoot>
      )}
    </Table>
  );
}

function Cells({ row }: { row: CostRow }) {
  return (
    <Table.Tr>
      <Table.Th scope="row">{row.name}</Table.Th>
      <Table.Td className={classes.number}>{row.calls}</Table.Td>
      <Table.Td className={classes.number}>{row.input_tokens.toLocaleString('en')}</Table.Td>
      <Table.Td className={classes.number}>{row.output_tokens.toLocaleString('en')}</Table.Td>
      <Table.Td className={classes.number}>{usd(row.cost_usd)}</Table.Td>
    </Table.Tr>
  );
}
