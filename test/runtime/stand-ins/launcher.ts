import { fileURLToPath } from 'node:url';
import { runLauncher } from '../../../runtime/run-launcher.ts';

// The real launcher with the smallest worker and API.
await runLauncher({
  worker: fileURLToPath(new URL('./worker.ts', import.meta.url)),
  api: fileURLToPath(new URL('./api.ts', import.meta.url)),
});
