import { writeFileSync } from 'node:fs';
import { SPEC_REFERENCE_FILE, specReference } from './reference.ts';
import { SPEC_SCHEMA_FILE, specJsonSchema } from './schema.ts';

writeFileSync(SPEC_SCHEMA_FILE, `${JSON.stringify(specJsonSchema(), null, 2)}\n`);
writeFileSync(SPEC_REFERENCE_FILE, specReference());
