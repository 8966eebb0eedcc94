/** Names that are shown for a mistaken one, at most. */
const SHOWN = 3;

/** The names that somebody may have meant by a mistaken one, nearest first; at most three. */
export const nearest = (wrong: string, names: readonly string[]): string[] =>
  names
    .map((name) => ({ name, distance: distance(wrong, name) }))
    .filter(({ name, distance }) => distance <= Math.max(2, Math.min(wrong.length, name.length) / 3))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, SHOWN)
    .map(({ name }) => name);

/** Letters to put in, take out or replace to make one word of the other (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
