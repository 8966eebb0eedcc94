import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { getRequestListener } from '@hono/node-server';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ERROR_STATUS } from '../../contracts/error.ts';
import { startApi } from '../api/setup.ts';
import { until } from '../setup/until.ts';
import { blocksOf, code, readPage, tableOf } from './page.ts';

const exec = promisify(execFile);
const page = readPage('docs/api.md');
const scripts = blocksOf(page).filter(({ language }) => language === 'sh');

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

async function run(script: string, job: string): Promise<string> {
  const env = { PATH: process.env.PATH ?? '', ORCHESTRATOR_URL: url, JOB: job };
  return (await exec('sh', ['-ec', script], { env, timeout: 30_000 })).stdout;
}

it('takes a job from start to end, script by script', async () => {
  const said: Record<string, string> = {};
  let job = '';
  for (const { note, text } of scripts.filter((script) => script.note !== 'setup')) {
    const [, gate] = note.split(' ');
    if (gate) {
      await until(async () =>
        (await api.ask('GET', `/orchestrate/${job}/approvals`)).body.approvals.some(
          ({ approval_id }: { approval_id: string }) => approval_id === gate,
        ),
      );
    }
    const answer = await run(text, job);
    expect(answer, text).not.toMatch(/"error":\s*\{"code"/);
    job ||= JSON.parse(answer).job_id;
    const route = /\$ORCHESTRATOR_URL(\S*?)["?]/.exec(text)![1]!;
    said[route.replace('$JOB', 'JOB')] ??= answer;
  }
  expect(said['/orchestrate/JOB/events']).toMatch(/^event: job\.completed$/m);
  expect(JSON.parse(said['/orchestrate/JOB/status']!)).toMatchObject({
    status: 'completed',
    criteria: [{ verdict: 'met' }],
  });
  expect(
    JSON.parse(said['/orchestrate/JOB/artifacts']!).artifacts.map(({ name }: { name: string }) => name),
  ).toContain('package.txt');
  expect(said['/orchestrate/JOB/task/publish/logs']).toContain('published');
  expect(said['/orchestrate/jobs']).toContain(job);
  expect((await api.ask('GET', `/orchestrate/${job}/status`)).status).toBe(404);
});

it('lists every route', async () => {
  const { paths } = (await api.ask('GET', '/openapi.json')).body as {
    paths: Record<string, object>;
  };
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const listed = tableOf(page, 'route').map(([name]) => code(name));
  expect(listed.sort()).toEqual(routes.sort());
});

it('names every error', () => {
  const errors = tableOf(page, 'code').map(([name, status]) => [code(name), Number(status)]);
  expect(Object.fromEntries(errors)).toEqual(ERROR_STATUS);
});
