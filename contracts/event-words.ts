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
  'how',
  'url',
  'base_branch',
  'ref',
  'pull_request',
] as const;

/**
 * What an event says besides its number, time, type, task and attempt, piece by piece. Texts are as they came: who shows
 * them cuts them, and makes them harmless where that is needed.
 * @param amount writes a number that is not 0: USD or seconds, as the end of its name says
 */
export function eventWords(
  { actor, task_id, data }: Pick<JobEvent, 'actor' | 'task_id' | 'data'>,
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
  return [...(actor ? [`by ${actor}`] : []), ...told, ...workWords(data, task_id)];
}

/** Names that are told at most of a list. */
const NAMED = 10;

/** What an event says of work in a repository: how a check ended, which tasks and files, and how much changed. */
function workWords(data: JobEvent['data'], task_id: string | undefined): string[] {
  const { passed, flaky, definition_changed, task_ids, files, files_changed, insertions, deletions } = data;
  const [edited] = listed(definition_changed);
  const size =
    typeof files_changed === 'number'
      ? [`${files_changed} ${files_changed === 1 ? 'file' : 'files'} +${insertions} -${deletions}`]
      : [];
  return [
    ...(typeof passed === 'boolean' ? [passed ? 'passed' : 'failed'] : []),
    ...(flaky === true ? ['only when it was repeated'] : []),
    ...(edited === undefined ? [] : [`as the base defines it: ${edited} was changed`]),
    // the task that the event is of is told already
    ...(listed(task_ids)[0] === task_id ? [] : listed(task_ids)),
    ...listed(files),
    ...size,
  ];
}

function listed(names: unknown): string[] {
  if (!Array.isArray(names) || names.length === 0) return [];
  const more = names.length > NAMED ? `, ${names.length - NAMED} more` : '';
  return [`${names.slice(0, NAMED).map(String).join(', ')}${more}`];
}
