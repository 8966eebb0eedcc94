import { join } from 'node:path';
import { runLauncher } from '../../../runtime/run-launcher.ts';

// The real launcher with the smallest worker and API.
const here = import.meta.dirname;
await runLauncher({ worker: join(here, 'worker.ts'), api: join(here, 'api.ts') });
