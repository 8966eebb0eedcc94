import { setTimeout as sleep } from 'node:timers/promises';
import { createLog } from '../../telemetry/log/log.ts';

// One of several processes that write a lot into the same log: file and name are its arguments.
const [file = '', writer = ''] = process.argv.slice(2);
const log = createLog(
  { component: 'test', file },
  { LOG_FILE_MAX_MB: '1', LOG_FILES_KEPT: '20', LOG_LEVEL: 'info' },
);
const padding = 'x'.repeat(4096);
for (let n = 0; n < 400; n += 1) {
  log.info({ writer, n, padding });
  // the file is looked at once a second
  await sleep(8);
}
