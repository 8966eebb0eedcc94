import type { Step } from './steps.ts';
import { overlap, shorten, stems } from './words.ts';

/** A step that becomes a task, with the positions of those it waits for. */
export interface Placed {
  step: Step;
  /** texts of the groups it stands in, outermost first */
  groups: string[];
  depends_on: number[];
}

/** Steps with their dependencies, and what could not be told. */
export interface Placement {
  placed: Placed[];
  warnings: string[];
}

/** A group's text is told to each of its tasks. */
const MAX_GROUP_TEXT = 200;

const STEP_REFERENCE =
  /\b(?:after|depends on|needs|requires|once|following)\s+(?:steps?|tasks?|items?|numbers?)\s+(\d{1,3}(?:\.\d{1,3})*(?:\s?(?:,\s?(?:and\s)?|and|&|\+)\s?\d{1,3}(?:\.\d{1,3})*)*)/i;
const TEXT_REFERENCE = /(?:^|\s|\()(?:after|once)\s+([^,.;()]{3,80})/i;

/**
 * Gives every step its dependencies. In a sequence a step waits for what came before it, in a parallel group for
 * what the group waits for; "then", "at the same time" and "after step 2" override both. Dependencies only
 * point back, so there is never a cycle.
 * @param max further steps are left out
 */
export function placeSteps(root: Step, max: number): Placement {
  const placement: Placement = { placed: [], warnings: [] };
  const exitsByNumber = new Map<string, number[]>();
  place(root, [], []);
  return placement;

  /** @returns positions of the steps after which this one is done */
  function place(step: Step, entry: number[], groups: string[]): number[] {
    if (placement.placed.length >= max) return entry;
    if (step.children.length === 0) {
      placement.placed.push({ step, groups, depends_on: entry });
      return [placement.placed.length - 1];
    }
    const inner = step.text ? [...groups, shorten(step.text, MAX_GROUP_TEXT)] : groups;
    let ends: number[] = [];
    let lastEntry = entry;
    for (const child of step.children) {
      const named = references(child, step.order);
      const waits = ends.length > 0 ? ends : entry;
      const beside = child.relation === 'beside';
      const follows = child.relation === 'after' || (step.order === 'sequence' && !beside);
      const from = named ?? (beside ? lastEntry : follows ? waits : entry);
      const exits = place(child, from, inner);
      lastEntry = from;
      const used = new Set(from);
      ends = [...ends.filter((end) => !used.has(end)), ...exits.filter((exit) => !ends.includes(exit))];
      if (child.number !== null && !exitsByNumber.has(child.number)) exitsByNumber.set(child.number, exits);
    }
    return ends.length > 0 ? ends : entry;
  }

  /** What the step says that it comes after; null when it says nothing that can be followed. */
  function references(step: Step, order: Step['order']): number[] | null {
    const numbers = STEP_REFERENCE.exec(step.text)?.[1]?.match(/\d+(?:\.\d+)*/g);
    if (numbers) {
      const unknown = numbers.filter((number) => !exitsByNumber.has(number));
      if (unknown.length === 0)
        return [...new Set(numbers.flatMap((number) => exitsByNumber.get(number) ?? []))];
      placement.warnings.push(
        `'${step.text}' refers to step ${unknown.join(', ')}, which does not come before it.`,
      );
      return null;
    }
    const named =
      order === 'parallel' && step.relation === null ? TEXT_REFERENCE.exec(step.text)?.[1] : undefined;
    if (named === undefined) return null;
    if (/^(?:that|this|those|these|all|everything|them)\b/i.test(named))
      return placement.placed.map((_, index) => index);
    const wanted = stems(named);
    const scores = placement.placed.map(({ step: other }) => overlap(wanted, stems(other.text)));
    const best = Math.max(0, ...scores);
    if (best > 0) return scores.flatMap((score, index) => (score === best ? [index] : []));
    placement.warnings.push(
      `'${step.text}' follows something that no earlier step matches: check its dependencies.`,
    );
    return null;
  }
}
