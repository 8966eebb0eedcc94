import type { JobEvent } from '../../contracts/event.ts';
import { eventWords } from '../../contracts/event-words.ts';
import { style } from '../output.ts';
import { localTime, oneLine } from './text.ts';

/** One line of a journal: time, number, type, task, the rest in words. */
export function eventLine(event: JobEvent): string {
  const { at, seq, type, task_id, attempt } = event;
  const about = [
    ...(task_id ? [task_id] : []),
    ...(attempt !== undefined ? [`attempt ${attempt}`] : []),
    ...eventWords(event, amount).map((word) => oneLine(word, 100)),
  ];
  const number = `#${seq}`.padEnd(5);
  const name = style(COLOUR[type.split('.')[1] ?? ''] ?? 'reset', type.padEnd(18));
  return `${style('dim', `${localTime(at, true)}  ${number}`)} ${name}  ${oneLine(about.join('  '), 160)}`.trimEnd();
}

const amount = (name: string, value: number): string => `${name} ${Math.round(value * 10_000) / 10_000}`;

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
