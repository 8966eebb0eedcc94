import { readOpening } from './clauses.ts';
import { hasWords, trimMarks } from './words.ts';

/** An entry of a list, with what stands below it. */
export interface Item {
  text: string;
  /** further lines and code that belong to it */
  details: string[];
  /** as written (`2`, `2.1`); null for a bullet */
  number: string | null;
  /** `- [x]`: done already */
  done: boolean;
  children: Item[];
}

/** A paragraph, or a run of entries with the same kind of marker. */
export type Block = { kind: 'text'; text: string } | { kind: 'list'; numbered: boolean; items: Item[] };

interface OpenItem {
  item: Item;
  indent: number;
}

const ITEM =
  /^(\s*)(?:(\d{1,3}(?:\.\d{1,3})*)[.)]|(\d{1,3}(?:\.\d{1,3})+)|[-*+•])\s+(?:\[([ xX])\]\s+)?(\S.*)$/;
const PHASE =
  /^\s{0,3}(?:#{1,6}\s+|\*\*)?((?:phase|step|stage|milestone)\s+(\d{1,3}))\s*(?:[:.)–—-]\s*(.*))?$/i;

/**
 * Reads lines of plain or Markdown text as paragraphs and nested lists. Bullets right below a numbered entry
 * belong to it, indented or not; so does everything below a line `Phase 1`.
 */
export function readOutline(lines: readonly string[]): Block[] {
  const blocks: Block[] = [];
  let open: OpenItem[] = [];
  let afterBlank = true;
  let fenced = false;
  for (const line of lines) {
    const fence = /^\s*(```|~~~)/.test(line);
    if (fence) fenced = !fenced;
    if (fence || fenced) appendCode(blocks, open, line);
    else if (!line.trim()) {
      afterBlank = true;
      continue;
    } else {
      const entry = readItem(line);
      if (entry) open = addItem(blocks, open, entry, afterBlank);
      else open = addText(blocks, open, line, afterBlank);
    }
    afterBlank = false;
  }
  return blocks;
}

interface Entry extends OpenItem {
  phase: boolean;
}

function readItem(line: string): Entry | null {
  const phase = PHASE.exec(line);
  if (phase) {
    const text = trimMarks(phase[3] ?? '', ' \t*#') || (phase[1] ?? '');
    return { item: newItem(text, phase[2] ?? null, false), indent: -1, phase: true };
  }
  const match = ITEM.exec(line);
  if (!match?.[5] || !hasWords(match[5])) return null;
  const indent = (match[1] ?? '').replaceAll('\t', '    ').length;
  const number = match[2] ?? match[3] ?? null;
  return { item: newItem(clean(match[5]), number, /x/i.test(match[4] ?? '')), indent, phase: false };
}

function addItem(blocks: Block[], open: OpenItem[], entry: Entry, afterBlank: boolean): OpenItem[] {
  const stack = [...open];
  const isBullet = entry.item.number === null;
  let indent = entry.indent;
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    if (top.indent < entry.indent) break;
    const below = stack.length < open.length ? open[stack.length] : undefined;
    const goesOn = !afterBlank || (below !== undefined && below.item.number === null);
    if (top.indent === entry.indent && isBullet && top.item.number !== null && goesOn) {
      indent += 0.5;
      break;
    }
    stack.pop();
  }
  const parent = stack.at(-1);
  if (parent) parent.item.children.push(entry.item);
  else addToList(blocks, entry.item);
  return [...stack, { item: entry.item, indent }];
}

function addToList(blocks: Block[], item: Item): void {
  const numbered = item.number !== null;
  const last = blocks.at(-1);
  if (last?.kind === 'list' && last.numbered === numbered) last.items.push(item);
  else blocks.push({ kind: 'list', numbered, items: [item] });
}

function addText(blocks: Block[], open: OpenItem[], line: string, afterBlank: boolean): OpenItem[] {
  const current = open.at(-1);
  const indented = /^\s/.test(line);
  const phase = open[0]?.indent === -1 ? open[0] : undefined;
  const beginsAnew = !indented && readOpening(line.trim()).relation === 'after';
  if (current && (indented || !afterBlank) && !beginsAnew) {
    if (afterBlank || current.item.details.length > 0) current.item.details.push(line.trim());
    else current.item.text += ` ${clean(line)}`;
    return open;
  }
  if (phase && !beginsAnew) {
    phase.item.details.push(line.trim());
    return [phase];
  }
  const last = blocks.at(-1);
  if (last?.kind === 'text') last.text += afterBlank ? `\n\n${line.trim()}` : `\n${line.trim()}`;
  else blocks.push({ kind: 'text', text: clean(line) });
  return [];
}

function appendCode(blocks: Block[], open: OpenItem[], line: string): void {
  const current = open.at(-1);
  if (current) current.item.details.push(line.trimEnd());
  else {
    const last = blocks.at(-1);
    // code in prose goes to the agents with the job's brief; it is no step
    if (last === undefined) blocks.push({ kind: 'text', text: '' });
  }
}

function newItem(text: string, number: string | null, done: boolean): Item {
  return { text, details: [], number, done, children: [] };
}

function clean(text: string): string {
  return text.replace(/\*\*|__(?=\S)|(?<=\S)__/g, '').trim();
}
