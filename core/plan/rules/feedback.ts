import { splitSentences } from './clauses.ts';
import { leavesOf, type Step } from './steps.ts';
import { overlap, stems, trimMarks } from './words.ts';

/** What a person said about the plan before, as far as rules can follow it. */
export interface AppliedFeedback {
  root: Step;
  /** what was not understood as a change of the steps: handed on to the agents */
  others: string[];
  warnings: string[];
}

const ADD =
  /^(?:please\s+)?(?:also\s+)?(?:add|include|append)\s+(?:(?:a|another|one)\s+)?(?:(?:step|task)s?\b\s*)?(?:to\s+|that\s+|:\s*)?(.+)$/is;
const DROP = /^(?:please\s+)?(?:remove|drop|skip|omit|delete|leave out)\s+(?:the\s+)?(.+)$/is;

/** Applies "add ..." and "remove ..." of a feedback; an added step comes last. */
export function applyFeedback(root: Step, feedback: string | null): AppliedFeedback {
  const applied: AppliedFeedback = { root, others: [], warnings: [] };
  for (const sentence of splitSentences(feedback ?? '')) {
    const text = sentence.replace(/^[-*+•]\s+/, '');
    const added = ADD.exec(text)?.[1];
    const dropped = DROP.exec(text)?.[1];
    if (added) applied.root = append(applied.root, trimMarks(added, ' :'));
    else if (!dropped || !drop(applied, dropped)) applied.others.push(text);
  }
  if (applied.others.length > 0) {
    applied.warnings.push(
      'Rules could not turn all of the feedback into steps; the rest was added to the constraints. Edit the plan where that is not enough.',
    );
  }
  return applied;
}

function append(root: Step, text: string): Step {
  const step: Step = { text, details: [], number: null, relation: 'after', children: [], order: 'sequence' };
  return { ...root, children: [...root.children, step] };
}

function drop(applied: AppliedFeedback, wanted: string): boolean {
  const number = /^(?:step|task|number)?\s*(\d{1,3}(?:\.\d{1,3})*)\s*\.?$/i.exec(wanted)?.[1];
  const words = stems(wanted.replace(/\b(?:step|task)s?\b/gi, ' '));
  const leaves = leavesOf(applied.root);
  const scores = leaves.map((leaf) =>
    number === undefined ? overlap(words, stems(leaf.text)) : Number(leaf.number === number),
  );
  const best = Math.max(0, ...scores);
  const hits = leaves.filter((_, index) => best > 0 && scores[index] === best);
  const [target] = hits;
  if (hits.length !== 1 || target === undefined || leaves.length === 1) return false;
  applied.root = without(applied.root, target);
  return true;
}

/** The tree without one step, and without groups that this empties. */
function without(step: Step, gone: Step): Step {
  const children = step.children
    .filter((child) => child !== gone)
    .map((child) => (child.children.length > 0 ? without(child, gone) : child))
    .filter(
      (child, index) =>
        child.children.length > 0 || step.children.filter((c) => c !== gone)[index]?.children.length === 0,
    );
  return { ...step, children };
}
