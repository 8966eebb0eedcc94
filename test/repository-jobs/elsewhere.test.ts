import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AgentBrief } from '../../contracts/http-agent.ts';
import { AgentRegistration } from '../../contracts/registry.ts';
import { startService, type TestService } from '../cli/service.ts';
import { AGENTS_ON_LOOPBACK } from '../http-agent/setup.ts';
import { planOf, startJob } from '../setup/jobs.ts';
import { ANY_SOURCE, IDENTITY, inSource, makeSource } from './source.ts';

type Brief = Omit<AgentBrief, 'callback_url'>;

let service: TestService;
let agent: Server;
let connection: NativeConnection;
/** what the agent over HTTP does with a brief */
let work: (brief: AgentBrief) => Promise<unknown>;
const removes: (() => void)[] = [];

beforeAll(async () => {
  agent = createServer(async (request, response) => {
    const answer = await work((await json(request)) as AgentBrief);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => agent.listen(0, '127.0.0.1', resolve));
  const base_url = `http://127.0.0.1:${(agent.address() as AddressInfo).port}`;
  const agents = [{ name: 'service', base_url }];
  service = await startService({ config: { ...ANY_SOURCE, tools: AGENTS_ON_LOOPBACK, agents } });
  connection = await NativeConnection.connect({ address: service.worker.address });
});
afterAll(async () => {
  await service.close();
  await connection.close();
  agent.close();
  for (const remove of removes) remove();
});

const resultOf = (job_id: string) => `orchestrator/${job_id}/result`;

/** Where the API really is: the worker of a test does not know. */
const reached = (url: string): string => {
  const { pathname, search } = new URL(url);
  return service.url + pathname + search;
};

/** What an agent does that has git and its brief only: fetches, changes files, and puts a bundle. */
async function doWith(
  { repository }: Brief,
  change: (read: (file: string) => string) => Record<string, string>,
) {
  const { base_sha, base_bundle_url, bundle_url, put_url } = repository!;
  const folder = mkdtempSync(join(tmpdir(), 'orchestrator-elsewhere-'));
  removes.push(() => rmSync(folder, { recursive: true, force: true }));
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: folder, encoding: 'utf8', env: { ...process.env, ...IDENTITY } });
  git('init', '--quiet');
  for (const url of [base_bundle_url, bundle_url]) {
    if (url === null) continue;
    const answer = await fetch(reached(url));
    expect(answer.status).toBe(200);
    writeFileSync(join(folder, '.git', 'in.bundle'), Buffer.from(await answer.arrayBuffer()));
    git('fetch', '--quiet', '.git/in.bundle', 'refs/*:refs/remotes/job/*');
  }
  git('checkout', '--quiet', '-b', 'work', base_sha);
  const files = change((file) => readFileSync(join(folder, file), 'utf8'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  git('add', '--all');
  git('commit', '--quiet', '--message', 'from elsewhere');
  git('bundle', 'create', '--quiet', '.git/out.bundle', 'work', `^${base_sha}`);
  const body = readFileSync(join(folder, '.git', 'out.bundle'));
  const headers = { 'content-type': 'application/x-git-bundle' };
  const put = await fetch(reached(put_url), { method: 'PUT', body, headers });
  expect(put.status).toBe(200);
}

/** A Temporal worker of its own with the one activity of an agent. */
async function serve(
  name: string,
  execute_task: (brief: Brief) => Promise<unknown>,
): Promise<() => Promise<void>> {
  const { namespace, store } = service.worker;
  const running = await Worker.create({
    connection,
    namespace,
    taskQueue: name,
    activities: { execute_task },
  });
  const ended = running.run();
  const agent = { agent_id: name, agent_name: name, task_queue: name, capabilities: [{ name }] };
  await store.registerAgent('local', AgentRegistration.parse(agent));
  return async () => {
    running.shutdown();
    await ended;
  };
}

test('agents over HTTP and on queues of their own get bundles by their brief, put theirs, and it lands', async () => {
  const source = makeSource({ 'a.txt': 'a\n' });
  removes.push(source.remove);
  const briefs: Brief[] = [];
  work = async (brief) => {
    briefs.push(brief);
    await doWith(brief, (read) => ({ 'a.txt': `${read('a.txt')}http\n` }));
    return { output: 'by HTTP' };
  };
  const stop = await serve('typist', async (brief) => {
    briefs.push(brief);
    await doWith(brief, (read) => ({ 'a.txt': `${read('a.txt')}queue\n` }));
    return { output: 'by queue' };
  });
  const job = await startJob(service.worker, {
    ...inSource(source),
    plan: planOf([
      { task_id: 'first', agent: 'service' },
      { task_id: 'second', agent: null, capabilities: ['typist'], depends_on: ['first'] },
    ]),
  });
  expect(await job.result()).toMatchObject({ status: 'completed' });
  await stop();
  expect(source.show(resultOf(job.job_id), 'a.txt')).toBe('a\nhttp\nqueue');
  const { tasks } = await job.status();
  expect(
    briefs.map(({ task_id, repository }) => [task_id, repository!.base_sha, repository!.branch]),
  ).toEqual([
    ['first', source.git('rev-parse', 'main'), tasks[0]!.repository!.branch],
    ['second', tasks[0]!.repository!.merge_sha, tasks[1]!.repository!.branch],
  ]);
  expect(tasks[1]).toMatchObject({
    agent: 'typist',
    output_preview: 'by queue',
    repository: { merge: 'landed' },
  });
  const late = await fetch(reached(briefs[0]!.repository!.put_url), { method: 'PUT', body: 'x' });
  expect(late.status).toBe(410);
});

test('what does not pass the check, or can not be taken, is done again by an agent that is told why', async () => {
  const source = makeSource({
    'n.txt': '1\n',
    check: 'test "$(cat n.txt)" != 2 || { echo two is wrong; exit 1; }\n',
  });
  removes.push(source.remove);
  const told: string[] = [];
  work = async (brief) => {
    told.push(brief.description);
    if (told.length === 2) {
      const body = Buffer.from('# v2 git bundle\nnonsense');
      const put = await fetch(reached(brief.repository!.put_url), {
        ...{ method: 'PUT', body },
        headers: { 'content-type': 'application/x-git-bundle' },
      });
      expect(put.status).toBe(200);
    } else await doWith(brief, () => ({ 'n.txt': told.length === 1 ? '2\n' : '3\n' }));
    return { output: 'done' };
  };
  const job = await startJob(service.worker, {
    ...inSource(source, { commands: { setup: null, check: 'sh check', lock: null } }),
    plan: planOf([{ task_id: 'write', agent: 'service', max_attempts: 3 }]),
  });
  expect(await job.result()).toMatchObject({ status: 'completed' });
  expect(source.show(resultOf(job.job_id), 'n.txt')).toBe('3');
  expect(told).toEqual([
    expect.not.stringContaining('earlier attempt'),
    expect.stringContaining('two is wrong'),
    expect.stringContaining("The bundle can't be taken"),
  ]);
});

test('what was pushed for an earlier attempt is not taken for that of an agent that pushed nothing since', async () => {
  const source = makeSource({
    'n.txt': '1\n',
    check: 'test "$(cat n.txt)" != 2 || { echo two is wrong; exit 1; }\n',
  });
  removes.push(source.remove);
  let calls = 0;
  work = async (brief) => {
    calls += 1;
    if (calls === 1) await doWith(brief, () => ({ 'n.txt': '2\n' }));
    return { output: 'nothing to do after all' };
  };
  const job = await startJob(service.worker, {
    ...inSource(source, { commands: { setup: null, check: 'sh check', lock: null } }),
    plan: planOf([{ task_id: 'write', agent: 'service', max_attempts: 3 }]),
  });
  expect(await job.result()).toMatchObject({ status: 'completed' });
  expect(calls).toBe(2);
  expect((await job.status()).tasks[0]).toMatchObject({ attempt: 2, repository: { files_changed: 0 } });
});
