import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../setup/until.ts';
import { closedJob } from '../store/samples.ts';
import { type RunningCli, runCli, startCli } from './run.ts';
import { startService, type TestService } from './service.ts';

let service: TestService;
beforeAll(async () => {
  service = await startService();
  const { title, owner, stats, budget } = closedJob('x').view;
  const jobs = Array.from({ length: 501 }, (_, n) => ({
    ...{ job_id: `job-${n}`, title: `${title} ${n}`, owner, stats, budget, finished_at: null },
    status: 'planning' as const,
    // not old: the sweep takes jobs out that should run by now
    created_at: new Date(Date.now() + n * 1000).toISOString(),
  }));
  // as many parameters as SQLite takes
  await service.worker.store.addJobs(jobs.slice(0, 400));
  await service.worker.store.addJobs(jobs.slice(400));
});
afterAll(() => service.close());

test('jobs --all prints a page before it asks for the next one', async () => {
  let cli: RunningCli | undefined;
  const printed = () => cli?.stdout().includes('job-500') === true;
  const gate = createServer(async (request, response) => {
    if (request.url?.includes('cursor=')) await until(printed, { what: 'the first page to be printed' });
    const answer = await fetch(`${service.url}${request.url}`);
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    response.end(await answer.text());
  });
  await new Promise<void>((resolve) => gate.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = gate.address() as AddressInfo;
    cli = startCli(['jobs', '--all'], { url: `http://127.0.0.1:${port}` });
    const { exit, stdout } = await cli.ended;
    expect(exit).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^JOB\s+STATUS/);
    expect(lines.slice(1).map((line) => line.split(' ')[0])).toEqual(
      Array.from({ length: 501 }, (_, n) => `job-${500 - n}`),
    );
  } finally {
    gate.closeAllConnections();
    gate.close();
  }
});

test('jobs finds by words of the title, and gives one JSON document', async () => {
  const shown = await runCli(['jobs', '--search', 'JOB 77'], { url: service.url });
  expect(shown.stdout).toContain('job-477');
  expect(shown.stdout).not.toContain('job-478');
  const all = await runCli(['jobs', '--all', '--json'], { url: service.url });
  expect(JSON.parse(all.stdout)).toMatchObject({ next_cursor: null });
  expect(JSON.parse(all.stdout).jobs).toHaveLength(501);
  const some = await runCli(['jobs', '--limit', '2', '--json'], { url: service.url });
  expect(JSON.parse(some.stdout).jobs).toHaveLength(2);
  expect(JSON.parse(some.stdout).next_cursor).toBeTruthy();
  const none = await runCli(['jobs', '--search', 'nothing like it'], { url: service.url });
  expect(none.stdout).toBe('There are no jobs.\n');
});
