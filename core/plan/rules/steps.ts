import { readOpening, splitClauses, splitSentences } from './clauses.ts';
import { type Block, type Item, readOutline } from './outline.ts';

/** A piece of work, or a group of them, as the text orders it. */
export interface Step {
  text: string;
  details: string[];
  number: string | null;
  /** how it stands to the one before it; null: as the group's order has it */
  relation: 'after' | 'beside' | null;
  /** empty: one task */
  children: Step[];
  /** of the children */
  order: 'sequence' | 'parallel';
}

/** What the body of a description says. */
export interface Steps {
  root: Step;
  /** paragraphs that introduce the steps */
  intro: string[];
  /** sentences that forbid something */
  constraints: string[];
  /** entries that are ticked off */
  done: string[];
}

const FORBIDS = /^(?:do not|don['’]t|never|avoid|must not)\b/i;
const REQUEST =
  /^(?:please|let['’]s|(?:(?:we|i|you)(?: would|['’]d)? (?:need|want|should|must|have|like)(?: you)?(?: to)?))\b[\s,]*/i;
const REMARK =
  /^(?:the|this|these|that|those|it|its|they|we|our|my|i|you|your|there|here|currently|note|because|since|also note|e\.g|i\.e)\b/i;

/** Reads the steps out of the lines of a body. Numbers mean one after the other, bullets side by side. */
export function readSteps(lines: readonly string[]): Steps {
  const blocks = readOutline(lines);
  const steps: Steps = { root: group('', 'parallel', []), intro: [], constraints: [], done: [] };
  const hasList = blocks.some((block) => block.kind === 'list');
  let before: Block | undefined;
  for (const block of blocks) {
    if (block.kind === 'list') addList(steps, block, before);
    else if (!hasList) addProse(steps, block.text);
    else if (steps.root.children.length === 0) steps.intro.push(block.text);
    else addEnding(steps, block.text);
    before = block;
  }
  return steps;
}

/** Steps in the order in which the text gives them. */
export function leavesOf(step: Step): Step[] {
  return step.children.length === 0 ? [step] : step.children.flatMap(leavesOf);
}

function addList(steps: Steps, list: Extract<Block, { kind: 'list' }>, before: Block | undefined): void {
  const intro = before?.kind === 'text' ? (before.text.split('\n').at(-1) ?? '') : '';
  const order = orderIn(intro) ?? (list.numbered ? 'sequence' : 'parallel');
  const children = list.items.flatMap((item) => itemSteps(item, steps));
  if (children.length === 0) return;
  const previous = steps.root.children.at(-1);
  const follows = previous !== undefined && (list.numbered || previous.order === 'sequence');
  steps.root.children.push({ ...group('', order, children), relation: follows ? 'after' : null });
}

function itemSteps(item: Item, steps: Steps): Step[] {
  if (item.done) {
    steps.done.push(item.text);
    return [];
  }
  if (item.children.length === 0 && item.number === null && FORBIDS.test(item.text)) {
    steps.constraints.push([item.text, ...item.details].join(' '));
    return [];
  }
  const { text, relation } = relationOf(item.text);
  const children = item.children.flatMap((child) => itemSteps(child, steps));
  if (children.length === 0)
    return [{ ...fromText(text), relation, details: item.details, number: item.number }];
  const numbered = item.children.some((child) => child.number !== null);
  const order = orderIn(item.text) ?? (numbered ? 'sequence' : 'parallel');
  return [{ ...group(text, order, children), relation, details: item.details, number: item.number }];
}

function addProse(steps: Steps, text: string): void {
  const children: Step[] = [];
  const early: string[] = [];
  for (const sentence of splitSentences(text)) {
    const request = REQUEST.exec(sentence);
    const previous = children.at(-1);
    if (FORBIDS.test(sentence)) steps.constraints.push(sentence);
    else if (!request && REMARK.test(sentence)) (previous?.details ?? early).push(sentence);
    else {
      const { text: work, relation } = relationOf(request ? sentence.slice(request[0].length) : sentence);
      children.push({ ...fromText(work), relation });
    }
  }
  steps.intro.push(...early);
  if (children.length > 0) {
    steps.root.children.push({ ...group('', 'sequence', children), relation: 'after' });
  }
}

/** Text behind a list: only what says that it comes after it is work. */
function addEnding(steps: Steps, text: string): void {
  for (const sentence of splitSentences(text)) {
    const { text: work, relation } = relationOf(sentence);
    if (FORBIDS.test(sentence)) steps.constraints.push(sentence);
    else if (relation !== null) steps.root.children.push({ ...fromText(work), relation });
  }
}

function relationOf(text: string): Pick<Step, 'text' | 'relation'> {
  const opening = readOpening(text);
  if (opening.relation !== null) return opening;
  const beside =
    /\b(?:in parallel|at the same time|simultaneously|concurrently) (?:with|as) (?:the )?(?:previous|above|last|step|that|it)\b/i;
  return { text: opening.text, relation: beside.test(text) ? 'beside' : null };
}

/** One step, or a group where its text says "then" or "in parallel". */
function fromText(text: string): Step {
  const clauses = splitClauses(text);
  const leaf = { ...group(text, 'sequence', []) };
  if (clauses.length < 2) return leaf;
  return {
    ...leaf,
    children: clauses.map((clause) => ({
      ...group(clause.text, 'sequence', []),
      relation: clause.relation === 'beside' ? 'beside' : null,
    })),
  };
}

function orderIn(text: string): Step['order'] | null {
  if (
    /\b(?:in parallel|at the same time|in any order|independently|simultaneously|concurrently)\b/i.test(text)
  )
    return 'parallel';
  if (
    /\b(?:in (?:this|the following|that) (?:order|sequence)|in (?:order|sequence)(?=\s*:|$)|one after (?:the other|another)|step by step|sequentially)\b/i.test(
      text,
    )
  )
    return 'sequence';
  return null;
}

function group(text: string, order: Step['order'], children: Step[]): Step {
  return { text, details: [], number: null, relation: null, children, order };
}
