import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONFIG_ERROR_EXIT, stopAtLauncherEnd } from '../../../runtime/lifeline.ts';

// The least that the launcher expects of a worker. It notes how it ended; STAND_IN makes it misbehave.
if (process.env.STAND_IN === 'config error') {
  // found late, when the API answers already
  const healthz = `http://${process.env.HOST}:${process.env.PORT}/healthz`;
  while (!(await fetch(healthz).catch(() => undefined))?.ok);
  process.exit(CONFIG_ERROR_EXIT);
}
stopAtLauncherEnd(async () => {
  if (process.env.STAND_IN === 'stuck') await new Promise(() => {});
  appendFileSync(join(String(process.env.ORCHESTRATOR_DATA_DIR), 'ends.txt'), 'worker\n');
});
