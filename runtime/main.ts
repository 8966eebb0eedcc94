import { join } from 'node:path';
import { runLauncher } from './run-launcher.ts';

const ROOT = join(import.meta.dirname, '..');

await runLauncher({ worker: join(ROOT, 'worker/main.ts'), api: join(ROOT, 'api/main.ts') });
