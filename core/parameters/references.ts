/** `{{ parameters.NAME }}` as it stands in a text. */
export interface Reference {
  /** of its first brace */
  start: number;
  /** after its last brace */
  end: number;
  name: string;
}

const REFERENCE = /\{\{[ \t]*parameters\.([A-Za-z0-9_.-]+)[ \t]*\}\}/g;

/** What of a text refers to parameters, in its order. Other braces are text. */
export const referencesIn = (text: string): Reference[] =>
  [...text.matchAll(REFERENCE)].map(({ 0: whole, 1: name = '', index }) => ({
    start: index,
    end: index + whole.length,
    name,
  }));

/** The reference that a text consists of, and of nothing else. */
export function soleReference(text: string): Reference | null {
  const [first] = referencesIn(text);
  return first?.start === 0 && first.end === text.length ? first : null;
}

/** A text with something in the place of each of its references. */
export function replaced(
  text: string,
  references: readonly Reference[],
  put: (one: Reference) => string,
): string {
  let result = '';
  let at = 0;
  for (const reference of references) {
    result += text.slice(at, reference.start) + put(reference);
    at = reference.end;
  }
  return result + text.slice(at);
}
