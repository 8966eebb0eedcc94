/** A name from outside as it may stand in a message: one line, without control or direction characters, not endless. */
export function shown(name: string | Buffer): string {
  const text = typeof name === 'string' ? name : name.toString('utf8');
  const plain = text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '\uFFFD');
  return JSON.stringify(plain.length > 200 ? `${plain.slice(0, 200)}…` : plain);
}

const NAMED = 10;

/** The first of them, and how many more there are. */
export function listed(names: readonly string[]): string {
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  return `${names.slice(0, NAMED).map(shown).join(', ')}${more}`;
}
