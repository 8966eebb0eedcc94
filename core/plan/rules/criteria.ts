import type { Criterion, CriterionInput, Task } from '../../../contracts/plan.ts';
import { overlap, shorten, stems, trimMarks } from './words.ts';

/** More than this many criteria are not taken. */
const MAX_CRITERIA = 100;
const MAX_TEXT = 2000;

/** Criteria of the spec and of its text, each once, all with an id of their own (`c1`, `c2`, ... where none is given). */
export function collectCriteria(given: readonly CriterionInput[], found: readonly string[]): Criterion[] {
  const inputs = [...given, ...found.map((text) => trimMarks(text, ' .;'))].map((input) =>
    typeof input === 'string' ? { text: input } : input,
  );
  const texts = new Set<string>();
  const unique = inputs.filter(({ text }) => {
    const key = text.trim().toLowerCase();
    return key !== '' && !texts.has(key) && texts.add(key);
  });
  const taken = new Set(unique.flatMap(({ criterion_id }) => criterion_id ?? []));
  const used = new Set<string>();
  let next = 1;
  return unique.slice(0, MAX_CRITERIA).map((input) => {
    let id = input.criterion_id;
    while (id === undefined || used.has(id)) {
      const candidate = `c${next++}`;
      if (!taken.has(candidate)) id = candidate;
    }
    used.add(id);
    return { ...input, criterion_id: id, text: shorten(input.text.trim(), MAX_TEXT) };
  });
}

/**
 * Notes on tasks which criteria they cover: those that share the most words with a criterion, at least two, else
 * the last tasks, on which nothing depends.
 */
export function coverCriteria(tasks: readonly Task[], criteria: readonly Criterion[]): Task[] {
  if (criteria.length === 0) return [...tasks];
  const words = tasks.map((task) => stems(`${task.title} ${task.description}`));
  const waitedFor = new Set(tasks.flatMap((task) => task.depends_on));
  const last = tasks.filter((task) => !waitedFor.has(task.task_id)).map((task) => task.task_id);
  const covered = new Map<string, string[]>();
  for (const criterion of criteria) {
    const wanted = stems(criterion.text);
    const scores = words.map((own) => overlap(wanted, own));
    const best = Math.max(0, ...scores);
    const matching = tasks
      .filter((_, index) => best >= 2 && scores[index] === best)
      .map((task) => task.task_id);
    for (const id of matching.length > 0 ? matching : last) {
      covered.set(id, [...(covered.get(id) ?? []), criterion.criterion_id]);
    }
  }
  return tasks.map((task) => ({ ...task, acceptance_criteria: covered.get(task.task_id) ?? [] }));
}
