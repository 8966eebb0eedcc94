import { RE2JS } from 're2js';
import type { FieldIssue } from '../../contracts/error.ts';
import {
  MAX_PARAMETER_BYTES,
  type Parameter,
  type Parameters,
  type ParameterValue,
} from '../../contracts/parameters.ts';
import { nearest } from '../text/nearest.ts';

/**
 * The value of every parameter: what is given, or its default.
 * @param given may hold the text of a number (`"3"`), of a truth value (`"true"`) and of a list in JSON (`"[1, 2]"`), as
 *   command lines and forms have them
 * @returns `issues` by field: values that are missing, that nobody asked for, or that do not fit, under `with`; mistakes
 *   in what is declared, under `parameters`
 */
export function valuesOf(
  declared: Parameters,
  given: Readonly<Record<string, ParameterValue>>,
): { values: Map<string, ParameterValue>; issues: FieldIssue[] } {
  const values = new Map<string, ParameterValue>();
  let matched = 0;
  const issues: FieldIssue[] = [];
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(declared, name)) continue;
    const near = nearest(name, Object.keys(declared));
    const hint = near.length > 0 ? `; did you mean ${near.join(' or ')}?` : '; declare it under parameters';
    issues.push({ path: `with.${name}`, issue: `no parameter has this name${hint}` });
  }
  for (const [name, parameter] of Object.entries(declared)) {
    const mistakes = declarationIssues(parameter);
    issues.push(...mistakes.map(({ path, issue }) => ({ path: `parameters.${name}.${path}`, issue })));
    if (mistakes.length > 0) continue;
    const value = Object.hasOwn(given, name) ? given[name]! : parameter.default;
    if (value === undefined) {
      issues.push({ path: `with.${name}`, issue: `is required${described(parameter)}` });
      continue;
    }
    if (parameter.pattern !== undefined) matched += textOf(value).length;
    if (matched > MAX_MATCHED_CHARS) {
      const issue = `values with a pattern have at most ${MAX_MATCHED_CHARS} characters in all; leave the pattern of long ones out`;
      issues.push({ path: `with.${name}`, issue });
      continue;
    }
    const fitted = fitTo(parameter, value);
    if ('issue' in fitted)
      issues.push({ path: `with.${name}`, issue: `${fitted.issue}${described(parameter)}` });
    else values.set(name, fitted.value);
  }
  return { values, issues };
}

/** What is matched with patterns, of all values: that takes up to a second. */
const MAX_MATCHED_CHARS = 20_000;

/** A value as it stands in a text: a list as JSON. */
export const textOf = (value: ParameterValue): string =>
  typeof value === 'string' ? value : Array.isArray(value) ? JSON.stringify(value) : String(value);

const described = ({ description }: Parameter): string => (description ? ` (${description})` : '');

function declarationIssues(parameter: Parameter): FieldIssue[] {
  const { type, options, pattern } = parameter;
  if ((type === 'enum') !== (options !== undefined)) {
    return [{ path: 'options', issue: type === 'enum' ? 'is required for an enum' : 'goes with type: enum' }];
  }
  if (pattern !== undefined && (type === 'number' || type === 'boolean' || type === 'enum')) {
    return [{ path: 'pattern', issue: `goes with a string or a list, not with type: ${type}` }];
  }
  if (pattern !== undefined && compiled(pattern) === null) {
    return [
      {
        path: 'pattern',
        issue: 'is not a regular expression in RE2 syntax (no look-around, no back-references)',
      },
    ];
  }
  if (parameter.default === undefined) return [];
  const fitted = fitTo(parameter, parameter.default);
  return 'issue' in fitted ? [{ path: 'default', issue: fitted.issue }] : [];
}

type Fitted = { value: ParameterValue } | { issue: string };

function fitTo(parameter: Parameter, given: ParameterValue): Fitted {
  const typed = ofType(parameter, given);
  if ('issue' in typed) return typed;
  const { value } = typed;
  const bytes = Buffer.byteLength(textOf(value));
  if (bytes > MAX_PARAMETER_BYTES) {
    return {
      issue: `is ${bytes} bytes long; at most ${MAX_PARAMETER_BYTES} are allowed: put it into a file`,
    };
  }
  const texts = [value].flat().filter((part) => typeof part === 'string');
  if (texts.some((text) => text.includes('\0'))) return { issue: 'must not hold a NUL character' };
  const { pattern } = parameter;
  const expression = pattern === undefined ? null : compiled(pattern);
  if (expression && !texts.every((text) => expression.matches(text))) {
    return { issue: `does not match the pattern ${pattern}` };
  }
  return typed;
}

const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

function ofType({ type, options = [] }: Parameter, given: ParameterValue): Fitted {
  if (type === 'string')
    return typeof given === 'string' ? { value: given } : { issue: 'must be a string: put it in quotes' };
  if (type === 'number') {
    const value = typeof given === 'string' && NUMBER.test(given) ? Number(given) : given;
    return typeof value === 'number' && Number.isFinite(value) ? { value } : { issue: 'must be a number' };
  }
  if (type === 'boolean') {
    const value = given === 'true' ? true : given === 'false' ? false : given;
    return typeof value === 'boolean' ? { value } : { issue: 'must be true or false' };
  }
  if (type === 'enum') {
    return typeof given === 'string' && options.includes(given)
      ? { value: given }
      : { issue: `must be one of ${options.join(', ')}` };
  }
  const value = typeof given === 'string' ? listOf(given) : given;
  return Array.isArray(value) ? { value } : { issue: 'must be a list, for instance ["a", "b"]' };
}

function listOf(text: string): ParameterValue | null {
  try {
    const value: unknown = JSON.parse(text);
    const fits =
      Array.isArray(value) && value.every((part) => ['string', 'number', 'boolean'].includes(typeof part));
    return fits ? value : null;
  } catch {
    return null;
  }
}

/** Linear in the length of what it is matched with, whatever is written there; null: it can't be read. */
function compiled(pattern: string): RE2JS | null {
  try {
    return RE2JS.compile(pattern);
  } catch {
    return null;
  }
}
