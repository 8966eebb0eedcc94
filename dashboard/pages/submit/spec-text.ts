import { parseDocument } from 'yaml';
import { type FieldIssue, fieldIssues } from '../../../contracts/error.ts';
import { Submission } from '../../../contracts/spec.ts';

/** A spec as text, read. */
export interface ReadSpec {
  /** undefined: the text is not YAML, or no object */
  value: Record<string, unknown> | undefined;
  mistakes: FieldIssue[];
  /** names of `{{name}}` that nobody has filled in */
  open: string[];
}

/** Reads YAML or JSON, fills in what is given for `{{name}}`, and checks the fields as the service will. */
export function readSpec(text: string, variables: Readonly<Record<string, string>>): ReadSpec {
  const document = parseDocument(text, { prettyErrors: true, merge: true });
  if (document.errors.length > 0) {
    const mistakes = document.errors
      .slice(0, 3)
      .map(({ message }) => ({ path: '', issue: (message.split('\n')[0] ?? '').replace(/:$/, '') }));
    return { value: undefined, mistakes, open: [] };
  }
  const given: unknown = document.toJS({ maxAliasCount: 100 }) ?? {};
  if (!isObject(given)) {
    return {
      value: undefined,
      mistakes: [{ path: '', issue: 'must be an object with named fields' }],
      open: [],
    };
  }
  const open = new Set<string>();
  const value = fill(given, variables, open) as Record<string, unknown>;
  const parsed = Submission.safeParse(value);
  return { value, mistakes: parsed.success ? [] : fieldIssues(parsed.error), open: [...open] };
}

/** The text with another value for one field, comments and order kept; undefined takes the field away. */
export function withField(text: string, name: string, value: unknown): string {
  const document = parseDocument(text.trim() === '' ? '{}' : text);
  if (document.errors.length > 0) return text;
  if (value === undefined) document.delete(name);
  else document.set(name, document.createNode(value));
  if (document.contents && 'flow' in document.contents) document.contents.flow = false;
  return document.toString({ lineWidth: 110 });
}

function fill(part: unknown, variables: Readonly<Record<string, string>>, open: Set<string>): unknown {
  if (typeof part === 'string') {
    return part.replace(/\{\{([A-Za-z_]\w*)\}\}/g, (whole, name: string) => {
      open.add(name);
      return variables[name] || whole;
    });
  }
  if (Array.isArray(part)) return part.map((one) => fill(one, variables, open));
  if (!isObject(part)) return part;
  return Object.fromEntries(Object.entries(part).map(([name, one]) => [name, fill(one, variables, open)]));
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
