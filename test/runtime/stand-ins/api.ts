import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { stopAtLauncherEnd } from '../../../runtime/lifeline.ts';

// The least that the launcher expects of an API. It notes how it ended, and tells its environment.
if (process.env.STAND_IN === 'crash') process.exit(3);
const server = createServer((request, response) => {
  if (request.url === '/env') return response.end(JSON.stringify(process.env));
  return response.writeHead(request.url === '/healthz' ? 200 : 404).end();
});
server.listen(Number(process.env.PORT), process.env.HOST);
await once(server, 'listening');
stopAtLauncherEnd(async () => {
  appendFileSync(join(String(process.env.ORCHESTRATOR_DATA_DIR), 'ends.txt'), 'api\n');
});
