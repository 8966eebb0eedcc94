/** Characters of all texts in a JSON value: about how large it is, found without writing it down. */
export function textChars(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 0;
  let chars = 0;
  for (const part of Object.values(value)) chars += textChars(part);
  return chars;
}
