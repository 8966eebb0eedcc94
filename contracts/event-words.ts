import type { JobEvent } from './event.ts';

/** Names in the data of an event that say something in a word, a line or an amount, in the order of reading. */
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
  'add_usd',
  'cost_usd',
  'amount_usd',
  'spent_usd',
  'parked_until',
  'delay_seconds',
  'output_preview',
  'note',
  'feedback',
] as const;

/**
 * What an event says besides its number, time, type, task and attempt, piece by piece. Texts are as they came: who shows
 * them cuts them, and makes them harmless where that is needed.
 * @param amount writes a number that is not 0: USD or seconds, as the end of its name says
 */
export function eventWords(
  { actor, data }: Pick<JobEvent, 'actor' | 'data'>,
  amount: (name: string, value: number) => string,
): string[] {
  const { error } = data;
  const inner =
    typeof error === 'object' && error !== null && 'message' in error ? { message: error.message } : {};
  const all: Record<string, unknown> = { ...data, ...inner };
  const told = TOLD.flatMap((name) => {
    const value = all[name];
    if (typeof value === 'number') return value === 0 ? [] : [amount(name, value)];
    return typeof value === 'string' && value !== '' ? [value] : [];
  });
  return [...(actor ? [`by ${actor}`] : []), ...told];
}
