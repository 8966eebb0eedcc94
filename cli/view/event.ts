import type { JobEvent } from '../../contracts/event.ts';
import { style } from '../output.ts';
import { localTime, oneLine } from './text.ts';

/** One line of a journal: time, number, type, task, the rest in words. */
export function eventLine(event: JobEvent): string {
  const { at, seq, type, task_id, attempt, actor, data } = event;
  const about = [
    ...(task_id ? [task_id] : []),
    ...(attempt !== undefined ? [`attempt ${attempt}`] : []),
    ...(actor ? [`by ${actor}`] : []),
    ...words(data),
  ];
  const number = `#${seq}`.padEnd(5);
  const name = style(COLOUR[type.split('.')[1] ?? ''] ?? 'reset', type.padEnd(18));
  return `${style('dim', `${localTime(at, true)}  ${number}`)} ${name}  ${oneLine(about.join('  '), 160)}`.trimEnd();
}

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
  'add_usd',
  'cost_usd',
  'parked_until',
  'delay_seconds',
  'output_preview',
  'note',
  'feedback',
] as const;

function words(data: JobEvent['data']): string[] {
  const error = data.error;
  const inner =
    typeof error === 'object' && error !== null && 'message' in error ? { message: error.message } : {};
  const all: Record<string, unknown> = { ...data, ...inner };
  return TOLD.flatMap((name) => {
    const value = all[name];
    if (typeof value === 'number')
      return value === 0 ? [] : [`${name} ${Math.round(value * 10_000) / 10_000}`];
    return typeof value === 'string' && value !== '' ? [oneLine(value, 100)] : [];
  });
}

const COLOUR: Record<string, 'green' | 'red' | 'yellow' | 'cyan'> = {
  completed: 'green',
  granted: 'green',
  approved: 'green',
  failed: 'red',
  rejected: 'red',
  denied: 'red',
  cancelled: 'red',
  exceeded: 'red',
  refused: 'red',
  retrying: 'yellow',
  worker_lost: 'yellow',
  blocked: 'yellow',
  parked: 'yellow',
  requested: 'yellow',
  needs_review: 'yellow',
  started: 'cyan',
};
