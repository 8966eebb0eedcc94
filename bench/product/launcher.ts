import { fileURLToPath } from 'node:url';
import { runLauncher } from '../../runtime/run-launcher.ts';

// What `npm start` runs, but for the worker's instant agent. Standard input is a pipe to the benchmark.
process.stdin.on('close', () => process.kill(process.pid, 'SIGTERM')).resume();

await runLauncher({
  worker: fileURLToPath(new URL('./worker.ts', import.meta.url)),
  api: fileURLToPath(new URL('../../api/main.ts', import.meta.url)),
});
