import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { stopAtLauncherEnd } from '../../../runtime/lifeline.ts';

// The least that the launcher expects of a worker; it notes how it ended.
stopAtLauncherEnd(async () => {
  appendFileSync(join(String(process.env.ORCHESTRATOR_DATA_DIR), 'ends.txt'), 'worker\n');
});
