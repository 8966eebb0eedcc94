import type { JobEvent } from '../../contracts/event.ts';
import { usd } from './format.ts';

/** Names in the data of an event that say something in one word or line. */
const TOLD = [
  'title',
  'kind',
  'from_agent',
  'to_agent',
  'content',
  'code',
  'message',
  'reason',
  'because_of',
  'agent',
  'name',
  'criterion_id',
  'verdict',
  'parked_until',
  'output_preview',
  'note',
  'feedback',
] as const;
const AMOUNTS = ['add_usd', 'cost_usd', 'amount_usd', 'spent_usd'] as const;

/** What an event says, besides its type and task, in one line. */
export function eventWords({ attempt, actor, data }: JobEvent): string {
  const error = data.error;
  const inner =
    typeof error === 'object' && error !== null && 'message' in error ? { message: error.message } : {};
  const all: Record<string, unknown> = { ...data, ...inner };
  const told = TOLD.flatMap((name) => {
    const value = all[name];
    return typeof value === 'string' && value !== '' ? [value.slice(0, 300)] : [];
  });
  const amounts = AMOUNTS.flatMap((name) => {
    const value = all[name];
    return typeof value === 'number' && value > 0 ? [usd(value)] : [];
  });
  return [
    ...(attempt !== undefined && attempt > 1 ? [`attempt ${attempt}`] : []),
    ...(actor ? [`by ${actor}`] : []),
    ...told,
    ...amounts,
  ].join(' · ');
}
