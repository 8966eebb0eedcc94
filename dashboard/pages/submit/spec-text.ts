import { parseDocument } from 'yaml';
import { type FieldIssue, fieldIssues } from '../../../contracts/error.ts';
import { Parameters } from '../../../contracts/parameters.ts';
import { Submission } from '../../../contracts/submission.ts';

/** A spec as text, read. */
export interface ReadSpec {
  /** undefined: the text is not YAML, or no object */
  value: Record<string, unknown> | undefined;
  mistakes: FieldIssue[];
}

/** Reads YAML or JSON, and checks the fields as the service will; what parameters stand for it checks itself. */
export function readSpec(text: string): ReadSpec {
  const document = parseDocument(text, { prettyErrors: true, merge: true });
  if (document.errors.length > 0) {
    const mistakes = document.errors
      .slice(0, 3)
      .map(({ message }) => ({ path: '', issue: (message.split('\n')[0] ?? '').replace(/:$/, '') }));
    return { value: undefined, mistakes };
  }
  const value: unknown = document.toJS({ maxAliasCount: 100 }) ?? {};
  if (!isObject(value)) {
    return { value: undefined, mistakes: [{ path: '', issue: 'must be an object with named fields' }] };
  }
  const parsed = Submission.safeParse(value);
  const mistakes = parsed.success
    ? []
    : fieldIssues(parsed.error).filter(({ path }) => !refersAt(value, path));
  return { value, mistakes: [...mistakes, ...missingValues(value)] };
}

/** The parameters that a spec declares; none where they are not as they should be. */
export function parametersOf(value: Record<string, unknown>): Parameters {
  const declared = Parameters.safeParse(value.parameters ?? {});
  return declared.success ? declared.data : {};
}

/** What a spec gives its parameters. */
export const givenValues = (value: Record<string, unknown>): Record<string, unknown> =>
  isObject(value.with) ? value.with : {};

function missingValues(value: Record<string, unknown>): FieldIssue[] {
  const given = givenValues(value);
  return Object.entries(parametersOf(value))
    .filter(([name, parameter]) => parameter.default === undefined && given[name] === undefined)
    .map(([name]) => ({ path: `with.${name}`, issue: 'is required' }));
}

/** Whether a text stands there that refers to parameters. */
function refersAt(value: unknown, path: string): boolean {
  const part = path
    .split('.')
    .reduce<unknown>((at, name) => (at as Record<string, unknown> | null)?.[name], value);
  return typeof part === 'string' && /\{\{[ \t]*parameters\./.test(part);
}

/** The text with another value for one field, or one in another, comments and order kept; undefined takes the field away. */
export function withField(text: string, name: string | readonly string[], value: unknown): string {
  const document = parseDocument(text.trim() === '' ? '{}' : text);
  if (document.errors.length > 0) return text;
  const path = [name].flat();
  if (value === undefined) document.deleteIn(path);
  else document.setIn(path, document.createNode(value));
  if (document.contents && 'flow' in document.contents) document.contents.flow = false;
  return document.toString({ lineWidth: 110 });
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
