import { type FilePattern, literalOf, toPatterns } from './file-pattern.ts';
import { mayMeet, type Steps, someSteps } from './patterns-meet.ts';

/** What a task says of the files that it changes: paths and globs, see {@link FilePattern}. */
export interface Declares {
  files: readonly string[];
}

/** Whether both may change the same file, by what they say. */
export function mayShareFile(a: Declares, b: Declares, left: Steps): boolean {
  const [own, others] = [patternsOf(a.files), patternsOf(b.files)];
  if (own.length === 0 || others.length === 0) return false;
  left.steps -= own.length + others.length;
  for (const [one, other] of pairs(own, others)) {
    if (mayMeet(one, other, left)) return true;
  }
  return left.steps < 0;
}

/** The folder that a pattern is about for certain, `.` is the root; a path without wildcards may be one itself. */
export function literalFolder(pattern: string): string {
  const [first = [], ...others] = toPatterns(pattern).map((way) => literalOf(way).split('/'));
  const apart = first.findIndex((part, at) => others.some((other) => other[at] !== part));
  return (apart < 0 ? first : first.slice(0, apart)).join('/') || '.';
}

/**
 * Pairs of these patterns that differ and may name the same file, the narrower one first. Of far too many not all are found.
 */
export function* meetingPairs(files: Iterable<string>): Generator<[narrow: string, wide: string]> {
  const patterns = writtenOut(files);
  const left = someSteps();
  for (const [one, other] of pairsWithin(patterns)) {
    if (left.steps <= 0) return;
    if (one.source === other.source || !mayMeet(one, other, left)) continue;
    const narrow = narrower(one, other);
    yield [narrow, narrow === one.source ? other.source : one.source];
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
  const patterns = writtenOut(files);
  known.set(files, patterns);
  return patterns;
}

/** Ways that the patterns of a list are written out in, over one for each. */
const MOST_WAYS = 1000;

/** By what they begin with: only what begins as another one does can meet it, and lies behind it. */
function writtenOut(files: Iterable<string>): FilePattern[] {
  let room = MOST_WAYS;
  const patterns = [...files].flatMap((file) => {
    const ways = toPatterns(file, room + 1);
    room -= ways.length - 1;
    return ways;
  });
  return patterns.sort((a, b) => (a.prefix < b.prefix ? -1 : a.prefix > b.prefix ? 1 : 0));
}

function* pairsWithin(patterns: readonly FilePattern[]): Generator<[FilePattern, FilePattern]> {
  for (const [index, one] of patterns.entries()) {
    for (let at = index + 1; patterns[at]?.prefix.startsWith(one.prefix); at += 1) yield [one, patterns[at]!];
  }
}

/** Those of which one begins as the other does. */
function* pairs(a: readonly FilePattern[], b: readonly FilePattern[]): Generator<[FilePattern, FilePattern]> {
  for (const one of a) {
    for (let at = firstFrom(b, one.prefix); b[at]?.prefix.startsWith(one.prefix); at += 1)
      yield [one, b[at]!];
  }
  for (const other of b) {
    for (let at = firstFrom(a, other.prefix); a[at]?.prefix.startsWith(other.prefix); at += 1) {
      if (a[at]!.prefix !== other.prefix) yield [a[at]!, other];
    }
  }
}

/** Where those begin that are not before it. */
function firstFrom(patterns: readonly FilePattern[], prefix: string): number {
  let [from, to] = [0, patterns.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (patterns[middle]!.prefix < prefix) from = middle + 1;
    else to = middle;
  }
  return from;
}
