import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../../toolchain/run.ts';
import { startService, type TestService } from '../cli/service.ts';
import { printed, program, python } from './setup.ts';

/** Clients that generators of others make of the OpenAPI document, against a service that asks for a key. */

const ROOT = join(import.meta.dirname, '../..');

let folder: string;
let service: TestService;
let key: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orchestrator-generated-'));
  service = await startService();
  ({ key } = await service.worker.store.createKey({ owner: 'ann', name: '', role: 'operator' }));
  const document = await fetch(`${service.url}/openapi.json`, {
    headers: { authorization: `Bearer ${key}` },
  });
  await writeFile(join(folder, 'openapi.json'), await document.text());
});
afterAll(async () => {
  await service?.close();
  await rm(folder, { recursive: true, force: true });
});

const PLAN = { tasks: [{ task_id: 'only', title: 'Only', agent: 'human' }] };

const PYTHON = `
import json, sys
from made import AuthenticatedClient, Client
from made.api.jobs import list_jobs, read_status, submit
from made.api.service import healthz
from made.models import BrokerageErrorWithStatus, Job, JobOrigin, Submission

url, key, plan = sys.argv[1:]
assert healthz.sync_detailed(client=Client(base_url=url)).status_code == 200
assert list_jobs.sync_detailed(client=Client(base_url=url)).status_code == 401
client = AuthenticatedClient(base_url=url, token=key)
spec = {"title": "Of Python", "description": "x", "plan": json.loads(plan)}
job_id = submit.sync(client=client, body=Submission.from_dict(spec)).job_id
job = read_status.sync(job_id, client=client)
assert isinstance(job, Job) and job.tasks[0].task_id == "only", job
print(json.dumps([one.job_id for one in list_jobs.sync(client=client).jobs if one.job_id == job_id]))
`;

test('openapi-python-client makes one that submits, reads and lists jobs', {
  timeout: 620_000,
}, async (context) => {
  const generate = ['generate', '--path', 'openapi.json', '--meta', 'none', '--output-path', 'made'];
  const made = await python(context, 'openapi-python-client', generate, { cwd: folder });
  // it leaves out bodies in YAML beside those in JSON, and files of any type; nothing else
  const told = printed(made) + made.stderr;
  const left = told.split('\n').filter((line) => /^WARNING|^Unable|duplicate|Could not/.test(line.trim()));
  expect(left.map((line) => line.replace(/^WARNING parsing (.*) within .*/, '$1'))).toEqual([
    'POST /orchestrate/submit',
    'GET /orchestrate/{job_id}/artifacts/{artifact_id}',
    'GET /orchestrate/{job_id}/artifacts/{artifact_id}',
    'POST /projects',
  ]);
  await writeFile(join(folder, 'program.py'), PYTHON);
  const args = ['program.py', service.url, key, JSON.stringify(PLAN)];
  const listed = JSON.parse(printed(await python(context, 'python', args, { cwd: folder })));
  expect(listed).toHaveLength(1);
});

const TYPESCRIPT = `
import { client } from './made/client.gen.js';
import { listJobs, readStatus, submit } from './made/sdk.gen.js';

const [url = '', key = '', plan = ''] = process.argv.slice(2);
client.setConfig({ baseUrl: url });
const { error } = await listJobs();
if (error?.error.code !== 'unauthorized') throw new Error(JSON.stringify(error));
client.setConfig({ baseUrl: url, auth: key });
const body = { title: 'Of TypeScript', description: 'x', plan: JSON.parse(plan) };
const { job_id } = (await submit({ body, throwOnError: true })).data;
const job = (await readStatus({ path: { job_id }, throwOnError: true })).data;
const first: string | undefined = job.tasks[0]?.task_id;
if (first !== 'only') throw new Error(JSON.stringify(job));
const { jobs } = (await listJobs({ throwOnError: true })).data;
console.log(JSON.stringify(jobs.map((one) => one.job_id).filter((id) => id === job_id)));
`;

test('@hey-api/openapi-ts makes one that fits its types, and submits, reads and lists jobs', {
  timeout: 820_000,
}, async (context) => {
  const config = {
    compilerOptions: {
      ...{ strict: true, module: 'nodenext', target: 'es2024', lib: ['es2024', 'dom', 'dom.iterable'] },
      ...{ outDir: 'out', types: ['node'], skipLibCheck: true },
    },
    include: ['program.ts', 'made'],
  };
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, 'package.json'), '{"type": "module"}');
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
  await writeFile(join(folder, 'program.ts'), TYPESCRIPT);
  const generator = {
    input: 'openapi.json',
    // or it would look for one beside itself
    output: { path: 'made', tsConfigPath: join(folder, 'tsconfig.json') },
    plugins: ['@hey-api/client-fetch', '@hey-api/typescript', '@hey-api/sdk'],
  };
  await writeFile(join(folder, 'generator.mjs'), `export default ${JSON.stringify(generator)}`);
  const generate = ['-f', 'generator.mjs', '--no-log-file'];
  printed(await program(context, '@hey-api/openapi-ts', 'bin/run.js', generate, { cwd: folder }));
  expect(await readFile(join(folder, 'made/types.gen.ts'), 'utf8')).toContain('export type JobOrigin = {');
  const node = async (...args: string[]) =>
    printed(await run(process.execPath, args, { cwd: folder, timeoutSeconds: 200 }));
  await node(join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', '.');
  const listed = JSON.parse(
    await node(join(folder, 'out/program.js'), service.url, key, JSON.stringify(PLAN)),
  );
  expect(listed).toHaveLength(1);
});
