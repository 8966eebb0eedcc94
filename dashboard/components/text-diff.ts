/** A line of a difference, as it is shown: with its sign before it. `head`: what is said about those after it. */
export interface DiffLine {
  kind: 'added' | 'removed' | 'same' | 'head';
  text: string;
}

/** Cells of the table of common lines; texts that need more are told as wholly other. */
const MAX_CELLS = 4_000_000;
/** Lines that are the same and shown around those that are not. */
const AROUND = 3;

/**
 * The difference of two texts, line by line, with a few lines around what differs; empty when they are the same. Lines
 * that moved are removed in one place and added in another.
 */
export function diffTexts(before: string, after: string): DiffLine[] {
  if (before === after) return [];
  const lines = diffLines(linesOf(before), linesOf(after));
  // they differ by the end of their last line alone
  return lines.every(({ kind }) => kind === 'same') ? [] : shortened(lines);
}

/** A patch in the unified format (https://www.gnu.org/software/diffutils/manual/html_node/Detailed-Unified.html). */
export function readPatch(text: string): DiffLine[] {
  let [before, after] = [0, 0];
  return linesOf(text).map((line) => {
    const hunk = HUNK.exec(line);
    if (hunk) {
      [before, after] = [Number(hunk[1] ?? 1), Number(hunk[2] ?? 1)];
      return { kind: 'head', text: line };
    }
    if (line.startsWith('\\') || (before <= 0 && after <= 0)) return { kind: 'head', text: line };
    const kind = line.startsWith('+') ? 'added' : line.startsWith('-') ? 'removed' : 'same';
    if (kind !== 'added') before -= 1;
    if (kind !== 'removed') after -= 1;
    return { kind, text: line };
  });
}

/** Whether that is a patch, by its name or its type. */
export const isPatch = (name: string, media_type: string): boolean =>
  /\.(diff|patch)$/i.test(name) || /^(text|application)\/(x-)?(diff|patch)\b/.test(media_type);

const HUNK = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/;

const linesOf = (text: string): string[] => text.replace(/\r?\n$/, '').split(/\r?\n/);

function diffLines(before: readonly string[], after: readonly string[]): DiffLine[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1;
  let end = 0;
  const most = Math.min(before.length, after.length) - start;
  while (end < most && before[before.length - 1 - end] === after[after.length - 1 - end]) end += 1;
  return [
    ...before.slice(0, start).map(same),
    ...diffMiddle(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...before.slice(before.length - end).map(same),
  ];
}

/** By the longest common subsequence of lines. */
function diffMiddle(before: readonly string[], after: readonly string[]): DiffLine[] {
  const width = after.length + 1;
  if ((before.length + 1) * width > MAX_CELLS) return [...before.map(removed), ...after.map(added)];
  // of the lines from i and from j on: how many they have in common
  const common = new Uint32Array((before.length + 1) * width);
  const at = (i: number, j: number) => common[i * width + j]!;
  for (let i = before.length - 1; i >= 0; i -= 1) {
    for (let j = after.length - 1; j >= 0; j -= 1) {
      common[i * width + j] =
        before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const lines: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < before.length && j < after.length) {
    if (before[i] === after[j]) {
      lines.push(same(before[i]!));
      i += 1;
      j += 1;
    } else if (at(i + 1, j) >= at(i, j + 1)) {
      lines.push(removed(before[i]!));
      i += 1;
    } else {
      lines.push(added(after[j]!));
      j += 1;
    }
  }
  return [...lines, ...before.slice(i).map(removed), ...after.slice(j).map(added)];
}

/** Without the lines far from any that differ; how many they are is said. */
function shortened(lines: readonly DiffLine[]): DiffLine[] {
  const near = new Set<number>();
  for (const [index, { kind }] of lines.entries()) {
    if (kind === 'same') continue;
    for (let place = index - AROUND; place <= index + AROUND; place += 1) near.add(place);
  }
  const shown: DiffLine[] = [];
  let hidden = 0;
  const tell = () => {
    if (hidden > 0) shown.push({ kind: 'head', text: `(${hidden} the same)` });
    hidden = 0;
  };
  for (const [index, line] of lines.entries()) {
    if (!near.has(index)) {
      hidden += 1;
      continue;
    }
    tell();
    shown.push(line);
  }
  tell();
  return shown;
}

const same = (text: string): DiffLine => ({ kind: 'same', text: `  ${text}` });
const added = (text: string): DiffLine => ({ kind: 'added', text: `+ ${text}` });
const removed = (text: string): DiffLine => ({ kind: 'removed', text: `- ${text}` });
