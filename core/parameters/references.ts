/** What a reference begins with: `{{ parameters.NAME }}`, `{{ tasks.ID.output }}`, `{{ tasks.ID.outputs.PATH }}`. */
export type Root = 'parameters' | 'tasks';

/** A reference as it stands in a text. */
export interface Reference {
  /** of its first brace */
  start: number;
  /** after its last brace */
  end: number;
  /** all that follows the first dot */
  name: string;
}

const REFERENCE: Readonly<Record<Root, RegExp>> = {
  parameters: /\{\{[ \t]*parameters\.([A-Za-z0-9_.-]+)[ \t]*\}\}/g,
  tasks: /\{\{[ \t]*tasks\.([A-Za-z0-9_.-]+)[ \t]*\}\}/g,
};

/** What of a text refers to parameters, or to results of tasks, in its order. Other braces are text. */
export const referencesIn = (text: string, root: Root): Reference[] =>
  [...text.matchAll(REFERENCE[root])].map(({ 0: whole, 1: name = '', index }) => ({
    start: index,
    end: index + whole.length,
    name,
  }));

/** The reference to a parameter that a text consists of, and of nothing else. */
export function soleReference(text: string): Reference | null {
  const [first] = referencesIn(text, 'parameters');
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
