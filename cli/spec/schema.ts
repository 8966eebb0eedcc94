import { resolve } from 'node:path';
import { z } from 'zod';
import { Submission } from '../../contracts/spec.ts';

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
