import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../setup/until.ts';
import { startApi } from './setup.ts';

const SCRIPT = join(import.meta.dirname, '../../skills/orchestrator/scripts/api.sh');
let api: Awaited<ReturnType<typeof startApi>>;
let server: Server;
let url: string;
beforeAll(async () => {
  api = await startApi();
  server = createServer(getRequestListener(api.app.fetch, { overrideGlobalObjects: false }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await api.close();
});

async function call(args: string[], options: { input?: string; key?: string } = {}) {
  const env = { ORCHESTRATOR_URL: `${url}/`, ORCHESTRATOR_API_KEY: options.key ?? '' };
  const { stdout, stderr, exitCode } = await execa(SCRIPT, args, {
    env,
    input: options.input ?? '',
    reject: false,
  });
  return { stdout, stderr, exitCode };
}

test('the script submits and has the plan, approves, follows and reads the result', async () => {
  const task = {
    task_id: 'a',
    title: 'Say',
    agent: 'command',
    command: 'echo it works > $ORCHESTRATOR_ARTIFACTS/x.txt',
  };
  const body = JSON.stringify({ title: 'By script', description: 'Do it', plan: { tasks: [task] } });
  const submitted = JSON.parse((await call(['POST', '/orchestrate/submit', '-'], { input: body })).stdout);
  expect(submitted).toMatchObject({ status: 'awaiting_approval', plan: { version: 1 } });
  const job = `/orchestrate/${submitted.job_id}`;
  expect((await call(['POST', `${job}/approve`, '{"plan_version": 1}'])).exitCode).toBe(0);
  await until(async () => JSON.parse((await call(['GET', `${job}/status`])).stdout).status === 'completed', {
    what: 'the job to complete',
  });
  const { events, next_after } = JSON.parse((await call(['GET', `${job}/events?after=0`])).stdout);
  expect(events.at(-1)).toMatchObject({ seq: next_after, type: 'job.completed' });
  const { artifacts } = JSON.parse((await call(['GET', `${job}/artifacts`])).stdout);
  const { artifact_id } = artifacts.find((one: { name: string }) => one.name === 'x.txt');
  expect((await call(['GET', `${job}/artifacts/${artifact_id}`])).stdout).toBe('it works');
});

test('the script fails for an error answer, prints it, and explains its use', async () => {
  const refused = await call(['POST', '/orchestrate/submit', '{"title": "x"}']);
  expect(refused.exitCode).toBe(1);
  expect(JSON.parse(refused.stdout).error.fields).toEqual([expect.objectContaining({ path: 'description' })]);
  expect((await call(['GET'])).exitCode).toBe(2);
  expect((await call(['GET', '/orchestrate/jobs'], { key: 'a"b' })).exitCode).toBe(0);
});
