/*
 * A patch as git makes it (https://git-scm.com/docs/diff-format), read piece by piece: it may have 20 MB, and what is in it
 * may be made to mislead. Only the part of a file that is shown is ever taken apart.
 */

/** A line of a file's part of a patch, without its sign. `hunk`: where in the file it is; `note`: what git says of it. */
export interface DiffLine {
  kind: 'same' | 'added' | 'removed' | 'hunk' | 'note';
  /** its number before and after; null where it is not there */
  before: number | null;
  after: number | null;
  text: string;
  /** characters of a very long line that were left out */
  cut: number;
}

/** What a patch says of one file. */
export interface FileDiff {
  /** besides its lines: another mode, another name, and that it is binary */
  notes: string[];
  lines: DiffLine[];
  /** there are lines after these */
  more: boolean;
}

/** A row of two columns: what was there, and what is; null on the side that has nothing. */
export interface DiffRow {
  before: DiffLine | null;
  after: DiffLine | null;
}

/** Longest line that is shown, in characters. */
const LINE_CHARS = 2000;
/** What is shown is looked through for what hides in it, which takes its time with what is all hidden. */
const CHARS_A_LINE = 200;
const FILE = 'diff --git ';
const HUNK = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/;

/** The parts of a patch, one for each `diff --git`: lines of files have a sign before them, so that none looks like one. */
export function splitPatch(patch: string): string[] {
  const starts: number[] = patch.startsWith(FILE) ? [0] : [];
  for (let at = patch.indexOf(`\n${FILE}`); at >= 0; at = patch.indexOf(`\n${FILE}`, at + 1))
    starts.push(at + 1);
  return starts.map((start, index) => patch.slice(start, starts[index + 1]));
}

/**
 * The parts of each file, in the order of the list that comes with the patch. One whose type changed has two: it goes, and
 * it comes. Files after the end of a patch that was cut have none.
 */
export function partsByFile(patch: string, files: readonly { status: string }[]): string[][] {
  const parts = splitPatch(patch);
  let at = 0;
  return files.map(({ status }) => {
    const first = parts[at];
    if (first === undefined) return [];
    at += 1;
    const second = parts[at];
    if (status !== 'type_changed' || second === undefined || firstLine(first) !== firstLine(second))
      return [first];
    at += 1;
    return [first, second];
  });
}

/** Reads a file's part of a patch, at most so many lines of it, or 200 times as many characters. */
export function readFileDiff(part: string, limit: number): FileDiff {
  const notes: string[] = [];
  const lines: DiffLine[] = [];
  let at = 0;
  // what is left of the hunk, and the numbers of the next lines
  let [old, fresh] = [0, 0];
  let [before, after] = [1, 1];
  let chars = 0;
  while (at < part.length) {
    if (lines.length === limit || chars > limit * CHARS_A_LINE) return { notes, lines, more: true };
    const newline = part.indexOf('\n', at);
    const end = newline < 0 ? part.length : newline;
    const sign = part[at] ?? '';
    if (old > 0 || fresh > 0) {
      const kind = KINDS[sign];
      if (kind === undefined) {
        const line = cutLine(part, sign === '\\' ? at + 2 : at, end);
        lines.push({ kind: 'note', before: null, after: null, ...line });
      } else {
        const line = { kind, ...cutLine(part, at + 1, end) };
        lines.push({
          ...line,
          before: kind === 'added' ? null : before,
          after: kind === 'removed' ? null : after,
        });
        if (kind !== 'added') [before, old] = [before + 1, old - 1];
        if (kind !== 'removed') [after, fresh] = [after + 1, fresh - 1];
      }
    } else {
      const { text, cut } = cutLine(part, at, end);
      const hunk = HUNK.exec(text);
      if (hunk) {
        [before, old, after, fresh] = [hunk[1], hunk[2] ?? 1, hunk[3], hunk[4] ?? 1].map(Number) as Numbers;
        lines.push({ kind: 'hunk', before: null, after: null, text, cut });
      } else if (lines.length > 0) {
        lines.push({ kind: 'note', before: null, after: null, text: text.replace(/^\\ /, ''), cut });
      } else if (NOTED.test(text)) notes.push(text);
    }
    chars += lines.at(-1)?.text.length ?? 0;
    at = end + 1;
  }
  return { notes, lines, more: false };
}

/** The lines in two columns: lines that were removed beside those that came in their place. */
export function sideBySide(lines: readonly DiffLine[]): DiffRow[] {
  const rows: DiffRow[] = [];
  let [removed, added]: [DiffLine[], DiffLine[]] = [[], []];
  const settle = () => {
    for (let index = 0; index < Math.max(removed.length, added.length); index += 1) {
      rows.push({ before: removed[index] ?? null, after: added[index] ?? null });
    }
    [removed, added] = [[], []];
  };
  for (const line of lines) {
    if (line.kind === 'removed') {
      if (added.length > 0) settle();
      removed.push(line);
    } else if (line.kind === 'added') added.push(line);
    else {
      // that a line has no end belongs to the side of the line before it
      const side =
        line.kind === 'note' ? (added.length > 0 ? added : removed.length > 0 ? removed : null) : null;
      if (side) side.push(line);
      else {
        settle();
        rows.push({ before: line, after: line });
      }
    }
  }
  settle();
  return rows;
}

type Numbers = [number, number, number, number];

const KINDS: Partial<Record<string, 'same' | 'added' | 'removed'>> = {
  ' ': 'same',
  '+': 'added',
  '-': 'removed',
};
/** Lines of the head of a part that say more than the list of files does. */
const NOTED = /^(old mode|new mode|new file mode|deleted file mode|similarity index|Binary files) /;

const firstLine = (part: string): string => part.slice(0, Math.max(0, part.indexOf('\n')));

function cutLine(part: string, start: number, end: number): { text: string; cut: number } {
  const cut = Math.max(0, end - start - LINE_CHARS);
  return { text: part.slice(start, end - cut), cut };
}
