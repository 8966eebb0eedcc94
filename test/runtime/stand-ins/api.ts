import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { stopAtLauncherEnd } from '../../../runtime/lifeline.ts';

// The least that the launcher expects of an API; it notes how it ended.
const server = createServer((request, response) => {
  response.writeHead(request.url === '/healthz' ? 200 : 404).end();
});
server.listen(Number(process.env.PORT), process.env.HOST);
stopAtLauncherEnd(async () => {
  appendFileSync(join(String(process.env.ORCHESTRATOR_DATA_DIR), 'ends.txt'), 'api\n');
  server.close();
});
