import { resolve } from 'node:path';
import { z } from 'zod';
import { Submission } from '../../contracts/submission.ts';

/** Where the published schema of submissions stands. */
export const SPEC_SCHEMA_FILE = resolve(import.meta.dirname, '../../docs/orchestrator-job.schema.json');

/** What is used of a JSON Schema here. */
export interface JsonSchema {
  $schema?: string;
  $ref?: string;
  $defs?: Record<string, JsonSchema>;
  title?: string;
  description?: string;
  type?: string;
  pattern?: string;
  enum?: unknown[];
  default?: unknown;
  anyOf?: JsonSchema[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: boolean | JsonSchema;
  items?: JsonSchema;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
}

/** The schema for editors: a field that takes no text may be given by a parameter. */
export function editorSchema(): JsonSchema {
  const schema = specJsonSchema();
  for (const object of [schema, schema.$defs!.Task, schema.$defs!.TaskDefaults]) {
    for (const [name, field] of Object.entries(object!.properties!)) {
      if (takesNoText(field, schema)) object!.properties![name] = orReference(field);
    }
  }
  return { ...schema, $defs: { ...schema.$defs, Reference: REFERENCE } };
}

const REFERENCE: JsonSchema = {
  type: 'string',
  pattern: '^\\{\\{[ \\t]*parameters\\.[A-Za-z0-9_]+[ \\t]*\\}\\}$',
  description: 'the value of a parameter',
};

function takesNoText(field: JsonSchema, root: JsonSchema): boolean {
  const { type, anyOf, enum: values } = field.$ref ? root.$defs![field.$ref.replace('#/$defs/', '')]! : field;
  if (anyOf)
    return anyOf.some((form) => takesNoText(form, root)) && !anyOf.some((form) => form.type === 'string');
  return values !== undefined || ['integer', 'number', 'boolean', 'array'].includes(type ?? '');
}

function orReference({ description, default: usual, ...field }: JsonSchema): JsonSchema {
  return {
    ...(description === undefined ? {} : { description }),
    ...(usual === undefined ? {} : { default: usual }),
    anyOf: [field, { $ref: '#/$defs/Reference' }],
  };
}

/** JSON Schema (draft 2020-12) of a submission as people write it: what has a default may be left out. */
export function specJsonSchema(): JsonSchema {
  const schema = z.toJSONSchema(Submission, {
    io: 'input',
    target: 'draft-2020-12',
    override: ({ jsonSchema }) => void delete jsonSchema.id,
  }) as JsonSchema;
  const { Submission: root, ...$defs } = schema.$defs!;
  return { ...{ $schema: schema.$schema, title: 'A job of Orchestrator' }, ...root, $defs };
}
