import { createHash } from 'node:crypto';
import { type FieldIssue, ProblemError } from '../../contracts/error.ts';
import { fieldPath } from '../../contracts/field-path.ts';
import { LongNumber, parseMarkingLong } from '../../core/text/exact-json.ts';

const MAX_DEPTH = 64;
const MAX_ISSUES = 100;
/** Each of them is looked at again and again, here and wherever it goes: so many take milliseconds. */
const MAX_VALUES = 100_000;

/** A JSON text as a value. Throws a ProblemError for what is not JSON or can't be stored everywhere as it is. */
export function parseJson(text: string): unknown {
  let value: unknown;
  try {
    value = parseMarkingLong(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : 'it does not parse';
    throw new ProblemError({ code: 'validation', message: `The body is not valid JSON: ${why}` });
  }
  checkStorable(value);
  return value;
}

/**
 * Throws a ProblemError naming every place where a value nests too deep, has a key `__proto__`, or holds text that
 * not every store can keep (NUL characters, halves of surrogate pairs); and the one where it holds too many values.
 */
export function checkStorable(value: unknown): void {
  const fields: FieldIssue[] = [];
  let values = 0;
  // a list instead of recursion: how deep the value nests is the sender's choice
  const queue: { value: unknown; path: string[] }[] = [{ value, path: [] }];
  for (let item = queue.pop(); item !== undefined && fields.length < MAX_ISSUES; item = queue.pop()) {
    const { value: part, path } = item;
    const at = () => fieldPath(path);
    if (typeof part === 'string') {
      const issue = textIssue(part);
      if (issue) fields.push({ path: at(), issue });
    }
    if (part instanceof LongNumber) fields.push({ path: at(), issue: part.issue });
    if (typeof part !== 'object' || part === null) continue;
    if (path.length >= MAX_DEPTH) {
      fields.push({
        path: `${fieldPath(path.slice(0, 3))}...`,
        issue: `nested deeper than ${MAX_DEPTH} levels`,
      });
      continue;
    }
    values += Array.isArray(part) ? part.length : Object.keys(part).length;
    if (values > MAX_VALUES) {
      const issue = `with what is here, the body holds more than ${MAX_VALUES} values; send fewer at once`;
      throw unkept([{ path: at(), issue }]);
    }
    for (const [key, child] of Object.entries(part)) {
      if (fields.length >= MAX_ISSUES) break;
      const issue = key === '__proto__' ? 'not allowed as a name' : textIssue(key);
      if (issue) fields.push({ path: at(), issue: `a field's name: ${issue}` });
      else queue.push({ value: child, path: [...path, key] });
    }
  }
  if (fields.length > 0) throw unkept(fields);
}

const unkept = (fields: FieldIssue[]): ProblemError =>
  new ProblemError({
    code: 'validation',
    message: 'The body holds something that cannot be stored.',
    fields,
  });

/** JSON with sorted keys and no blanks: the same for equal values. Keys without a value are left out. */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value)
      .filter(([, child]) => child !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, child]) => `${JSON.stringify(key)}:${canonicalJson(child)}`).join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}

/** SHA-256 of the {@link canonicalJson}, in hex: whether two bodies say the same. */
export const bodyHash = (body: unknown): string =>
  createHash('sha256').update(canonicalJson(body)).digest('hex');

function textIssue(text: string): string | undefined {
  if (text.includes('\u0000')) return 'holds a NUL character';
  if (!text.isWellFormed()) return 'is not well-formed Unicode';
  return undefined;
}
