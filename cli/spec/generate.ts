import { writeFileSync } from 'node:fs';
import { SPEC_REFERENCE_FILE, specReference } from './reference.ts';
import { editorSchema, SPEC_SCHEMA_FILE } from './schema.ts';

writeFileSync(SPEC_SCHEMA_FILE, `${JSON.stringify(editorSchema(), null, 2)}\n`);
writeFileSync(SPEC_REFERENCE_FILE, specReference());
