import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../../toolchain/run.ts';
import { findSchemathesis, type Schemathesis } from '../../toolchain/schemathesis.ts';
import { startService, type TestService } from '../cli/service.ts';

/** Streams of events end with their job, or never. */
const STREAMS = ['jobEvents', 'feed', 'projectEvents', 'taskToolEvents', 'mcpStream'];

/** Data that is valid by the schema may still break a rule of the domain, a cycle for instance. */
const LEFT_OUT = 'positive_data_acceptance';

/** What is refused may also be too large. */
const CONFIG = `[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 428, 429]
`;

let program: Schemathesis;
let service: TestService | undefined;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orchestrator-schemathesis-'));
  program = await findSchemathesis({ onProgress: (line) => console.log(line) });
}, 700_000);
afterAll(async () => {
  await service?.close();
  await rm(folder, { recursive: true, force: true });
});

test('schemathesis finds no 500, no status that is not described, and no answer that is not as described', {
  timeout: 620_000,
}, async (context) => {
  if (program.path === undefined)
    return context.skip(`schemathesis is not to be had here: ${program.reason}`);
  service = await startService({
    // whatever it makes up, no shell runs it
    config: { commands: 'off', api: { requests_per_minute: 1_000_000 } },
  });
  const { key } = await service.worker.store.createKey({ owner: 'ann', name: '', role: 'admin' });
  await writeFile(join(folder, 'schemathesis.toml'), CONFIG);
  const { code, stdout, stderr } = await run(
    program.path,
    [
      ...['run', `${service.url}/openapi.json`, '--no-color', '--seed', '1', '--max-examples', '3'],
      ...['--phases', 'examples,coverage,fuzzing,stateful', '--mode', 'all'],
      ...['--exclude-checks', LEFT_OUT],
      ...['--header', `Authorization: Bearer ${key}`, '--header', 'Prefer: wait=1'],
      ...['--request-timeout', '60', '--no-shrink', '--continue-on-failure', '--warnings', 'off'],
      ...['--generation-database', 'none', '--suppress-health-check', 'all'],
      ...STREAMS.flatMap((name) => ['--exclude-operation-id', name]),
    ],
    { cwd: folder, timeoutSeconds: 600 },
  );
  expect(code, `${stdout.slice(-20_000)}${stderr.slice(-2000)}`).toBe(0);
});
