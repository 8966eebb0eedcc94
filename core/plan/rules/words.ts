/** Words too common to say what a text is about. */
const STOP_WORDS = new Set(
  'a all an and any are as at be been by can do does each every for from has have if in into is it its must no not of off on once one only or our out own shall should so some than that the their them then there these they this those to up use using was we were what when where which while will with without would you your'.split(
    ' ',
  ),
);

/** The words of a text, lower case and cut to their stems, without the common ones. */
export function stems(text: string): string[] {
  return (text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [])
    .filter((word) => !STOP_WORDS.has(word))
    .map(stem);
}

/** How many different stems the two have in common. */
export function overlap(a: readonly string[], b: readonly string[]): number {
  const other = new Set(b);
  return new Set(a.filter((word) => other.has(word))).size;
}

/** Whether a text holds a letter or a digit at all. */
export function hasWords(text: string): boolean {
  return /[\p{L}\p{N}]/u.test(text);
}

/** Shortens a text to a number of characters, at a word where that is possible, and says so by an ellipsis. */
export function shorten(text: string, max: number): string {
  if (text.length <= max) return text;
  const cut = text.slice(0, max - 1);
  const space = cut.lastIndexOf(' ');
  return `${(space > max / 2 ? cut.slice(0, space) : cut).toWellFormed().trimEnd()}…`;
}

/** The text without any of the given characters at its ends; linear, unlike a pattern for the same. */
export function trimMarks(text: string, marks: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && marks.includes(text[start] ?? '')) start++;
  while (end > start && marks.includes(text[end - 1] ?? '')) end--;
  return text.slice(start, end);
}

/** "reviewing", "reviews", "reviewed" and "review" become one: good enough to compare, no dictionary. */
function stem(word: string): string {
  const cut = word.length > 4 ? word.replace(/(ations?|ings?|ers?|ed|es|s|e)$/, '') : word.replace(/s$/, '');
  const kept = cut.length >= 3 ? cut : word;
  return kept.replace(/([bdfgklmnprt])\1$/, '$1').replace(/e$/, '');
}
