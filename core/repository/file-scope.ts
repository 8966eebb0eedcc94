import { type FilePattern, literalOf, toPatterns } from './file-pattern.ts';
import { mayMeet } from './patterns-meet.ts';

/** What a task says of the files that it changes: paths and globs, see {@link FilePattern}. */
export interface Declares {
  files: readonly string[];
}

/** Steps that patterns are compared for in all. */
const STEPS = 1_000_000;

/**
 * Patterns of both lists that may name the same file, of each two the narrower one; none: no file is named by both. What would take
 * long to tell counts as the same. The order of the lists does not matter.
 */
export function overlap(a: readonly string[], b: readonly string[]): string[] {
  const [own, others] = [patternsOf(a), patternsOf(b)];
  const left = { steps: STEPS };
  const found = own.flatMap((one) =>
    others.flatMap((other) => (mayMeet(one, other, left) ? narrower(one, other) : [])),
  );
  return [...new Set(found)].sort();
}

/**
 * Whether a task may be worked on beside those that run: none of them may change a file that it may change. One that names no
 * files is not kept from anything.
 */
export function mayRunBeside(running: readonly Declares[], task: Declares): boolean {
  const own = patternsOf(task.files);
  const left = { steps: STEPS };
  return !running.some(({ files }) =>
    patternsOf(files).some((other) => own.some((one) => mayMeet(one, other, left))),
  );
}

/** The folder that a pattern is about for certain, `.` is the root; a path without wildcards may be one itself. */
export function literalFolder(pattern: string): string {
  const [first = [], ...others] = toPatterns(pattern).map((way) => literalOf(way).split('/'));
  const apart = first.findIndex((part, at) => others.some((other) => other[at] !== part));
  return (apart < 0 ? first : first.slice(0, apart)).join('/') || '.';
}

/** Pairs that are looked at of very many patterns. */
const MOST_PAIRS = 100_000;

/**
 * Pairs of these patterns that differ and may name the same file, the narrower one first. Of far too many not all are found.
 */
export function* meetingPairs(files: Iterable<string>): Generator<[narrow: string, wide: string]> {
  // Only what begins as another one does can meet it, and that lies behind it in this order.
  const patterns = [...files]
    .flatMap(toPatterns)
    .sort((a, b) => (a.prefix < b.prefix ? -1 : a.prefix > b.prefix ? 1 : 0));
  const left = { steps: STEPS };
  let pairs = 0;
  for (const [index, one] of patterns.entries()) {
    for (let at = index + 1; patterns[at]?.prefix.startsWith(one.prefix); at += 1) {
      const other = patterns[at]!;
      if (++pairs > MOST_PAIRS) return;
      if (one.source === other.source || !mayMeet(one, other, left)) continue;
      const narrow = narrower(one, other);
      yield [narrow, narrow === one.source ? other.source : one.source];
    }
  }
}

/** The one that says more before its first wildcard; of a folder and a pattern in it the pattern. */
function narrower(a: FilePattern, b: FilePattern): string {
  const more =
    a.prefix.length - b.prefix.length ||
    Number(a.tokens !== null) - Number(b.tokens !== null) ||
    (a.tokens ? 1 : -1) * (a.source.length - b.source.length);
  if (more !== 0) return (more > 0 ? a : b).source;
  return (a.source < b.source ? a : b).source;
}

/** What was read of lists before: a schedule asks for the same ones again and again. */
const known = new WeakMap<readonly string[], FilePattern[]>();

function patternsOf(files: readonly string[]): FilePattern[] {
  const before = known.get(files);
  if (before) return before;
  const patterns = files.flatMap(toPatterns);
  known.set(files, patterns);
  return patterns;
}
