import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AgentRegistration } from '../../contracts/registry.ts';
import { startService, type TestService } from '../cli/service.ts';
import { until } from '../setup/until.ts';

const exec = promisify(execFile);
const AGENT = join(import.meta.dirname, '../../examples/task-queue-agent/agent.py');

/** The release that the example was written for. */
const SDK = 'temporalio==1.35.0';

let folder: string;
let libraries: string | undefined;
let service: TestService | undefined;
let agent: ChildProcess | undefined;
let said = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orchestrator-python-'));
  libraries = await exec('python3', ['-m', 'pip', 'install', '--quiet', '--target', folder, SDK], {
    timeout: 240_000,
  }).then(
    () => folder,
    () => undefined,
  );
}, 300_000);
afterAll(async () => {
  if (agent && agent.exitCode === null) {
    agent.kill('SIGKILL');
    await new Promise((resolve) => agent!.once('exit', resolve));
  }
  await service?.close();
  await rm(folder, { recursive: true, force: true });
});

it('is Python that compiles', async (context) => {
  if (!(await hasPython())) return context.skip('python3 is not installed');
  await exec('python3', ['-c', `import ast; ast.parse(open(${JSON.stringify(AGENT)}).read())`]);
});

it('registers, takes a task from its own queue, and its answer is the result', {
  timeout: 120_000,
}, async (context) => {
  if (!libraries) return context.skip('the Temporal SDK for Python is not to be had here');
  service = await startService();
  const { address, namespace } = service.worker;
  agent = spawn('python3', [AGENT], {
    env: {
      ...{ PATH: process.env.PATH, HOME: process.env.HOME, PYTHONPATH: libraries },
      ...{ TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace, ORCHESTRATOR_URL: service.url },
    },
  });
  for (const stream of [agent.stdout, agent.stderr]) stream?.on('data', (data) => (said += String(data)));
  const registered = await until(
    async () => {
      if (agent!.exitCode !== null) throw new Error(said);
      return (await service!.worker.store.listAgents('local'))[0];
    },
    { timeoutMs: 60_000, what: `the agent to register; it says: ${said}` },
  );
  expect(registered).toMatchObject({ agent_id: 'summarizer-py', health: 'online' });
  expect(AgentRegistration.safeParse({ ...registered, base_url: undefined }).error).toBeUndefined();
  const plan = {
    tasks: [
      {
        task_id: 'short',
        title: 'Shorten',
        capabilities: ['summarize'],
        description: 'One thing. Another thing.',
      },
      { task_id: 'empty', title: 'Nothing', agent: 'summarizer-py', description: '' },
    ],
  };
  const body = { title: 'Summaries', description: 'x', approval: 'auto', on_task_failure: 'continue', plan };
  const answer = await fetch(`${service.url}/orchestrate/submit`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const { job_id } = (await answer.json()) as { job_id: string };
  const view = await until(
    async () => {
      const status = await (await fetch(`${service!.url}/orchestrate/${job_id}`)).json();
      return (status as { status: string }).status === 'completed' ? status : undefined;
    },
    { timeoutMs: 60_000, what: `the job to be done; the agent says: ${said}` },
  );
  expect(view).toMatchObject({
    tasks: [
      { status: 'completed', output_preview: 'One thing.', outputs: { attempt: 1 } },
      { status: 'failed', attempt: 1, error: { code: 'nothing_to_do' } },
    ],
  });
});

const hasPython = (): Promise<boolean> =>
  exec('python3', ['--version']).then(
    () => true,
    () => false,
  );
