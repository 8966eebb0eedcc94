import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { Config } from '../contracts/config.ts';

/** Where the published schema stands; editors read it through the first line of orchestrator.example.yaml. */
export const CONFIG_SCHEMA_FILE = resolve(import.meta.dirname, '../docs/orchestrator.schema.json');

/** JSON Schema (draft 2020-12) of orchestrator.yaml, as people write it: what has a default may be left out. */
export function configJsonSchema(): Record<string, unknown> {
  const { id: _, ...schema } = z.toJSONSchema(Config, { io: 'input', target: 'draft-2020-12' });
  return { title: 'orchestrator.yaml', ...schema };
}

if (import.meta.main) {
  writeFileSync(CONFIG_SCHEMA_FILE, `${JSON.stringify(configJsonSchema(), null, 2)}\n`);
}
