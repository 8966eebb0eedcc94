import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Submission } from '../../contracts/submission.ts';
import { runCli } from './run.ts';

/** Fields that say the same as another one, and those that only a file has a use for. */
const WITHOUT_FLAG = [
  'max_budget_usd',
  'llm_config',
  'auto_approve',
  'strategy',
  'boss_agent',
  'agents',
  'parameters',
  'defaults',
];

const folder = mkdtempSync(join(tmpdir(), 'orchestrator-submit-'));
const bodies: Record<string, unknown>[] = [];
const server = createServer(async (request, response) => {
  bodies.push(JSON.parse(await text(request)));
  response.writeHead(202, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ job_id: 'j-1', status: 'planning', plan: null, warnings: [] }));
});
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

const written = (name: string, content: string): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

it('every field of a submission has a flag', async () => {
  const flags = {
    '--title': 'A title',
    '--description': 'Something',
    '--constraint': 'no network',
    '--criterion': 'it runs',
    '--max-workers': '3',
    '--budget': '2.5',
    '--provider': 'ollama',
    '--model': 'some-model',
    '--plan': written('plan.yaml', 'tasks: [{ task_id: one, title: One, agent: general }]'),
    '--approval': 'every_version',
    '--max-repair-rounds': '0',
    '--on-task-failure': 'continue',
    '--priority': 'high',
    '--context': written('context.yaml', 'ticket: 17'),
    '--webhook': 'https://example.com/hook',
    '--repository': './app',
    '--base-branch': 'next',
    '--setup-command': 'npm ci',
    '--check-command': 'npm test',
    '--lock-command': 'none',
    '--deliver': 'branch',
    '--params-file': written('values.yaml', 'version: "1.2"\nworkers: 3'),
    '--param': 'version=1.3',
  };
  const { port } = server.address() as AddressInfo;
  const run = await runCli(['submit', ...Object.entries(flags).flat(), '--no-avoid-conflicts'], {
    url: `http://127.0.0.1:${port}`,
  });
  expect(run).toMatchObject({ exit: 0, stdout: expect.stringContaining('Job j-1: planning') });
  const [body] = bodies;
  expect(Submission.parse(body)).toMatchObject({
    budget_usd: 2.5,
    approval: 'every_version',
    max_repair_rounds: 0,
    on_task_failure: 'continue',
    context: { ticket: 17 },
    repository: resolve('app'),
    check_command: 'npm test',
    lock_command: null,
    avoid_conflicts: false,
    with: { version: '1.3', workers: 3 },
  });
  const fields = Object.keys(Submission.shape).filter((field) => !WITHOUT_FLAG.includes(field));
  expect(Object.keys(body!).sort()).toEqual(fields.sort());
});
