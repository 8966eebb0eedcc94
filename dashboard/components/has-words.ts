/** Whether each word that is searched for is in one of the texts, in small or capital letters. */
export function hasWords(texts: readonly string[], search: string): boolean {
  const text = texts.join(' ').toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
