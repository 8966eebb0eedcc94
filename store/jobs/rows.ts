import type { JobListItem } from '../../contracts/view.ts';
import { storable } from '../database/database.ts';
import type { Schema } from '../database/schema.ts';

type Row = Schema['jobs'];

/** The row of a job that has done nothing yet, or as it stood at the event `seq`. */
export function openRow(item: JobListItem, seq = 0): Row {
  const { job_id, owner, title, status, created_at, finished_at, stats, budget } = item;
  const { origin, strategy, team, partial, active_seconds, reason } = item;
  return {
    ...{ job_id, owner, status, created_at, finished_at, seq },
    title: storable(title),
    search: searched(`${title} ${job_id}`),
    stats: JSON.stringify(stats),
    budget: JSON.stringify(budget),
    face: origin?.face ?? null,
    origin: origin ? JSON.stringify(origin) : null,
    strategy: strategy ?? null,
    team: team ? JSON.stringify(team) : null,
    partial: partial ? 1 : 0,
    active_seconds: active_seconds ?? null,
    reason: reason ? storable(reason) : null,
    archived: 0,
  };
}

/** The row of a job that is in the archive. */
export const closedRow = (item: JobListItem): Row => ({ ...openRow(item), archived: 1 });

/** Columns that a line of the list is made of. */
export const ITEM_COLUMNS = [
  ...(['job_id', 'title', 'status', 'owner', 'created_at', 'finished_at', 'stats', 'budget'] as const),
  ...(['origin', 'strategy', 'team', 'partial', 'active_seconds', 'reason'] as const),
] as const;

/** The line of the list that a row stands for. */
export function toItem(row: Pick<Row, (typeof ITEM_COLUMNS)[number]>): JobListItem {
  const { job_id, title, status, owner, created_at, finished_at } = row;
  const { stats, budget, origin, strategy, team, partial, active_seconds, reason } = row;
  return {
    ...{ job_id, title, owner, created_at, finished_at },
    status: status as JobListItem['status'],
    stats: JSON.parse(stats),
    budget: JSON.parse(budget),
    ...(origin === null ? {} : { origin: JSON.parse(origin) }),
    ...(strategy === null ? {} : { strategy: 'boss' as const }),
    ...(team === null ? {} : { team: JSON.parse(team) }),
    ...(partial ? { partial: true } : {}),
    ...(active_seconds === null ? {} : { active_seconds }),
    ...(reason === null ? {} : { reason }),
  };
}

/** What is indexed of a text: an entry of PostgreSQL's index takes no more than some 2,700 bytes. */
const INDEXED_CHARS = 400;

/** A text as it is searched for and in: small letters, composed. */
export const searched = (text: string): string =>
  storable(text).normalize('NFC').toLowerCase().slice(0, INDEXED_CHARS).toWellFormed();
