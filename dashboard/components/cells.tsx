import { Table } from '@mantine/core';
import type { Schemas } from '../data/api.ts';
import { age, usd } from './format.ts';
import classes from './table.module.css';

/** What was spent, and of how much. */
export function CostCell({ budget: { spent_usd, limit_usd } }: { budget: Schemas['Budget'] }) {
  return (
    <Table.Td className={classes.number}>
      {usd(spent_usd)}
      <span className={classes.id}>{limit_usd === null ? '' : ` of ${usd(limit_usd)}`}</span>
    </Table.Td>
  );
}

/** How long ago it was. */
export function AgeCell({ at, now }: { at: string; now: number }) {
  return (
    <Table.Td className={classes.number}>
      <time dateTime={at} title={new Date(at).toLocaleString()}>
        {age(at, now)}
      </time>
    </Table.Td>
  );
}
