import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startService, type TestService } from '../cli/service.ts';

const exec = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');

/** A program of somebody else: it knows the package and nothing of this repository. */
const PROGRAM = `import { createClient, dataOf, follow } from 'orchestrator-client';

const address = { url: process.argv[2] };
const api = createClient(address);
const { job_id } = await dataOf(
  api.POST('/orchestrate/submit', {
    body: {
      title: 'From outside',
      description: 'x',
      approval: 'auto',
      plan: { tasks: [{ task_id: 'only', title: 'Only', agent: 'command', command: 'echo hello' }] },
    },
  }),
);
const types = [];
for await (const { event } of follow({ ...address, path: \`/orchestrate/\${job_id}/events\`, after: 0 })) {
  if (event) types.push(event.type);
}
const { tasks } = await dataOf(
  api.GET('/tasks/{task_id}', { params: { path: { task_id: job_id } } }),
).then(({ subtasks }) => ({ tasks: subtasks }));
const { agents } = await dataOf(api.GET('/agents', { params: { query: { health: 'online' } } }));
const { plan } = await dataOf(api.GET('/v1/orchestrate/{planId}', { params: { path: { planId: job_id } } }));
const missing = await dataOf(api.GET('/tasks/{task_id}', { params: { path: { task_id: 'nobody' } } })).catch(
  ({ status, code }) => ({ status, code }),
);
console.log(JSON.stringify({ last: types.at(-1), output: tasks[0].outputs, agents: agents.length, plan: plan.status, missing }));
`;

const WRONG = `import { createClient } from 'orchestrator-client';
await createClient({ url: 'http://127.0.0.1' }).GET('/no/such/route');
`;

let folder: string;
let service: TestService;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orchestrator-outsider-'));
  service = await startService();
  const packed = await exec('npm', ['pack', './client', '--json', '--pack-destination', folder], {
    cwd: ROOT,
    env: { ...process.env, npm_config_ignore_scripts: 'false' },
  });
  const tarball = join(folder, JSON.parse(packed.stdout.slice(packed.stdout.indexOf('[')))[0].filename);
  const modules = join(folder, 'node_modules');
  await mkdir(join(modules, 'orchestrator-client'), { recursive: true });
  await exec('tar', ['-xzf', tarball, '-C', join(modules, 'orchestrator-client'), '--strip-components=1']);
  // what npm would install with it
  for (const name of ['openapi-fetch', 'openapi-typescript-helpers', '@types', 'undici-types']) {
    await symlink(join(ROOT, 'node_modules', name), join(modules, name));
  }
  await writeFile(join(folder, 'package.json'), '{"type": "module"}');
}, 120_000);
afterAll(async () => {
  await service?.close();
  await rm(folder, { recursive: true, force: true });
});

test('the packed client is plain JavaScript that a program of others runs', { timeout: 60_000 }, async () => {
  await writeFile(join(folder, 'program.js'), PROGRAM);
  const { stdout } = await exec(process.execPath, ['program.js', service.url], { cwd: folder });
  expect(JSON.parse(stdout)).toEqual({
    last: 'job.completed',
    output: { output: expect.stringContaining('hello') },
    agents: expect.any(Number),
    plan: 'completed',
    missing: { status: 404, code: 'not_found' },
  });
});

test('it says what it needs, and its version is that of the service', async () => {
  const client = JSON.parse(await readFile(join(ROOT, 'client/package.json'), 'utf8'));
  const root = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
  expect(client.version).toBe(root.version);
  for (const [name, version] of Object.entries(client.dependencies)) {
    expect(root.dependencies[name]).toBe(version);
  }
});

test('its types know every route, and refuse others', { timeout: 60_000 }, async () => {
  const program = PROGRAM.replace('process.argv[2]', 'process.argv[2]!')
    .replace('types = []', 'types: string[] = []')
    .replace('tasks[0]', 'tasks[0]!');
  await writeFile(join(folder, 'right.ts'), program);
  await writeFile(join(folder, 'wrong.ts'), WRONG);
  const options = ['--noEmit', '--strict', '--target', 'es2022', '--module', 'nodenext', '--types', 'node'];
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const checked = await exec(process.execPath, [tsc, ...options, 'right.ts', 'wrong.ts'], {
    cwd: folder,
  }).then(
    ({ stdout }) => stdout,
    ({ stdout }: { stdout: string }) => stdout,
  );
  const lines = checked
    .trim()
    .split('\n')
    .filter((line) => /^\S.*error TS/.test(line));
  expect(lines.filter((line) => !line.startsWith('wrong.ts'))).toEqual([]);
  expect(lines).not.toEqual([]);
});
