import type { z } from 'zod';
import { type FieldIssue, fieldIssues } from '../../contracts/error.ts';
import { nearest } from './nearest.ts';

/** Longer names are no field's with a mistake in it. */
const LONGEST_NAME = 64;

/** Zod's issues by field, as {@link fieldIssues} has them; an unknown field is told with those that may have been meant. */
export const issuesBySchema = (error: z.ZodError, schema: z.ZodType): FieldIssue[] =>
  fieldIssues(error, [], (path, name) => unknownField(schema, path, name));

/** What is said of a field that an object at a path of a value can not have, by the value's schema. */
export function unknownField(schema: z.core.$ZodType, path: readonly PropertyKey[], name: string): string {
  const near = name.length > LONGEST_NAME ? [] : nearest(name, knownFields(schema, path));
  const meant = near.map((one) => `\`${one}\``).join(' or ');
  return near.length > 0 ? `unknown field; did you mean ${meant}?` : 'unknown field';
}

/** The fields that an object may have at a path of a value, by the value's schema; none where nothing is known of it. */
function knownFields(schema: z.core.$ZodType, path: readonly PropertyKey[]): string[] {
  let forms = formsOf(schema);
  for (const name of path) forms = forms.flatMap((form) => within(form, String(name)).flatMap(formsOf));
  return [...new Set(forms.flatMap((form) => (form.type === 'object' ? Object.keys(form.shape) : [])))];
}

type Form = z.core.$ZodTypes['_zod']['def'];

/** What a value may be by a schema, without its default and the like. */
function formsOf(schema: z.core.$ZodType): Form[] {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'default':
    case 'prefault':
    case 'optional':
    case 'nullable':
    case 'readonly':
      return formsOf(def.innerType);
    case 'pipe':
      return formsOf(def.in);
    case 'union':
      return def.options.flatMap(formsOf);
    default:
      return [def];
  }
}

function within(form: Form, name: string): z.core.$ZodType[] {
  if (form.type === 'array') return [form.element];
  if (form.type === 'record') return [form.valueType];
  return form.type === 'object' && Object.hasOwn(form.shape, name) ? [form.shape[name]!] : [];
}
