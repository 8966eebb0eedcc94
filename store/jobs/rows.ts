import type { JobListItem } from '../../contracts/view.ts';
import { storable } from '../database/database.ts';
import type { Schema } from '../database/schema.ts';

type Row = Schema['jobs'];
type Columns = {
  [F in keyof JobListItem]-?: {
    write(value: JobListItem[F]): Row[F];
    read(kept: Row[F]): JobListItem[F];
  };
};

const asIs = { write: <V>(value: V): V => value, read: <V>(kept: V): V => kept };
const asText = { write: storable, read: (kept: string) => kept };
const asJson = { write: (value: unknown) => JSON.stringify(value), read: (kept: string) => JSON.parse(kept) };

const optional = <V, C>(column: { write(value: V): C; read(kept: C): V }) => ({
  write: (value: V | null | undefined) =>
    value === undefined || value === null ? null : column.write(value),
  read: (kept: C | null) => (kept === null ? undefined : column.read(kept)),
});

/** How each field of a line of the list is kept in the column of its name. */
const COLUMNS: Columns = {
  job_id: asIs,
  title: asText,
  owner: asIs,
  created_at: asIs,
  finished_at: asIs,
  status: { write: (status) => status, read: (kept) => kept as JobListItem['status'] },
  stats: asJson,
  budget: asJson,
  origin: optional(asJson),
  strategy: optional({ write: (strategy: 'boss') => strategy, read: (): 'boss' => 'boss' }),
  team: optional(asJson),
  partial: { write: (partial) => (partial ? 1 : 0), read: (kept) => (kept ? true : undefined) },
  active_seconds: optional<number, number>(asIs),
  reason: optional(asText),
};

/** Columns that a line of the list is made of. */
export const ITEM_COLUMNS = Object.keys(COLUMNS) as (keyof JobListItem)[];

/** The columns of these fields; those that are left out, or undefined, stay as they are. */
export function columnsOf(fields: Partial<JobListItem>): Partial<Row> {
  const given = ITEM_COLUMNS.filter((name) => fields[name] !== undefined);
  return Object.fromEntries(given.map((name) => [name, COLUMNS[name].write(fields[name] as never)]));
}

/** The row of a job that has done nothing yet, or as it stood at the event `seq`. */
export function openRow(item: JobListItem, seq = 0): Row {
  const { title, job_id, origin } = item;
  const columns = ITEM_COLUMNS.map((name) => [name, COLUMNS[name].write(item[name] as never)]);
  return {
    ...(Object.fromEntries(columns) as Pick<Row, keyof JobListItem>),
    search: searched(`${title} ${job_id}`),
    face: origin?.face ?? null,
    seq,
    archived: 0,
  };
}

/** The row of a job that is in the archive. */
export const closedRow = (item: JobListItem): Row => ({ ...openRow(item), archived: 1 });

/** The line of the list that a row stands for. */
export function toItem(row: Pick<Row, keyof JobListItem>): JobListItem {
  const fields = ITEM_COLUMNS.map((name) => [name, COLUMNS[name].read(row[name] as never)] as const);
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined)) as unknown as JobListItem;
}

/** What is indexed of a text: an entry of PostgreSQL's index takes no more than some 2,700 bytes. */
const INDEXED_CHARS = 400;

/** A text as it is searched for and in: small letters, composed. */
export const searched = (text: string): string =>
  storable(text).normalize('NFC').toLowerCase().slice(0, INDEXED_CHARS).toWellFormed();
