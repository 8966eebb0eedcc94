import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ProjectRequest, projectSpec } from '../../api/compatibility/projects/request.ts';
import { snapshotOf } from '../../config/roster/snapshot.ts';
import { checkSubmission } from '../../core/submission/submission.ts';
import { jsonCli, runCli } from '../cli/run.ts';
import { startService, type TestService } from '../cli/service.ts';
import { AGENTS_ON_LOOPBACK } from '../http-agent/setup.ts';
import { until } from '../setup/until.ts';

const FOLDER = join(import.meta.dirname, '../../examples');

let service: TestService;
/** the data folder of the demo; repositories below its `examples` are allowed */
let data: string;
let translator: Server;
/** what the translator was sent */
const briefs: { description: string }[] = [];

beforeAll(async () => {
  translator = createServer(async (request, response) => {
    briefs.push(JSON.parse((await request.toArray()).join('')));
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ output: '# Version 1.4' }));
  });
  await new Promise<void>((resolve) => translator.listen(0, '127.0.0.1', resolve));
  const base_url = `http://127.0.0.1:${(translator.address() as AddressInfo).port}/translate`;
  data = realpathSync(mkdtempSync(join(tmpdir(), 'orchestrator-examples-')));
  service = await startService({
    config: {
      agents: [{ name: 'translator', capabilities: ['translation'], base_url }],
      tools: AGENTS_ON_LOOPBACK,
      repositories: { roots: [join(data, 'examples')] },
    },
  });
});
afterAll(async () => {
  await service?.close();
  translator?.close();
  translator?.closeAllConnections();
  rmSync(data, { recursive: true, force: true });
});

describe('the examples', { timeout: 120_000 }, () => {
  it.each(readdirSync(FOLDER).filter((name) => name.endsWith('.yaml')))(
    '%s is a valid submission or project',
    (name) => {
      const { config, roster } = service.worker.deps;
      const text = readFileSync(join(FOLDER, name), 'utf8');
      const body = parse(text);
      const values = { checkout: '/checkout', repository: join(data, 'examples/words') };
      body.with = Object.fromEntries(
        Object.entries(values).filter(([parameter]) => Object.hasOwn(body.parameters ?? {}, parameter)),
      );
      if ('goal' in body) delete body.with;
      const snapshot = snapshotOf(config, roster, null);
      if ('goal' in body) {
        expect(projectSpec(ProjectRequest.parse(body), snapshot, config.repositories)).toMatchObject({
          strategy: 'boss',
        });
      } else expect(checkSubmission(body, snapshot, config.repositories)).toMatchObject({ ok: true });
    },
  );

  it('the demo runs from the plan to the report, without a key', async () => {
    const { exit, stdout, stderr } = await runCli(['demo'], { url: service.url });
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
    const told = [
      'Plan, version 1 (given): 6 tasks',
      'task.retrying',
      'Gate gate-report: Write the report',
      'Gate gate-report: approved by the demo',
      'completed, attempt 2',
      '# Audit of this repository',
      'No model wrote or checked this report.',
    ];
    const places = told.map((text) => stdout.indexOf(text));
    expect(places.filter((place) => place === -1)).toEqual([]);
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(stdout).toMatch(/met\s+complete .*\n.*\n\s+met\s+no-private-keys/);
    const job = /artifacts get (\S+) audit\.md/.exec(stdout)![1]!;
    const audit = await runCli(['artifacts', 'get', job, 'audit.md'], { url: service.url });
    expect(audit.stdout).toMatch(
      /## inventory\n\nCount files and lines by folder\.\n\n\d+ TypeScript files, \d+ lines/,
    );
  });

  it('the demo in a repository ends with a branch that holds the work of all, and the tests pass there', async () => {
    const { exit, stdout, stderr } = await runCli(['demo', '--repository', '--data-dir', data], {
      url: service.url,
      env: { PATH: process.env.PATH! },
    });
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
    const told = [
      join(data, 'examples/repository-1'),
      'Plan, version 1 (given): 5 tasks',
      'check       npm test (found there)',
      'src/measures.ts: average, sentences',
      'Taken back: numbers',
      'Landed: numbers',
      'completed, attempt 2',
      '5 landed, 10 files',
      'met         tests',
      '10 files changed',
      'Merge: List the measures in the README',
      'fail 0',
    ];
    const places = told.map((text) => stdout.indexOf(text));
    expect(places.filter((place) => place === -1)).toEqual([]);
    expect(places).toEqual([...places].sort((a, b) => a - b));
  }, 300_000);

  it('the demo in a repository says where it can not make one, and where none is allowed', async () => {
    const at = { url: service.url };
    const file = join(FOLDER, 'audit.yaml');
    const unmade = await runCli(['demo', '--repository', '--data-dir', file], at);
    expect([unmade.exit, unmade.stderr]).toEqual([1, expect.stringContaining('No repository could be made')]);
    const other = await runCli(['demo', '--repository', '--data-dir', join(data, 'other')], at);
    expect([other.exit, other.stderr]).toEqual([2, expect.stringContaining('name its folder there')]);
  });

  it('the release goes to a person and an agent over HTTP, and is partial without its link check', async () => {
    const at = { url: service.url };
    const { job_id } = await jsonCli(
      ['submit', join(FOLDER, 'release.yaml'), '--auto-approve', '--param', 'version=2.0'],
      at,
    );
    await until(async () => (await jsonCli(['approvals', job_id], at)).approvals.length > 0, {
      what: 'the sign-off to wait',
    });
    await jsonCli(['complete', job_id, 'sign-off', '--output', 'Signed by Ada'], at);
    const job = await jsonCli(['watch', job_id], at);
    expect(job).toMatchObject({ status: 'completed', partial: true, stats: { completed: 4, failed: 1 } });
    expect(briefs).toHaveLength(1);
    expect(briefs[0]!.description).toMatch(/into German\.[\s\S]*# Release 2\.0\n/);
    const packed = ['notes.en.md', 'notes.translated.md', 'signed-off.txt'].map(
      async (name) => (await runCli(['artifacts', 'get', job_id, name], at)).stdout,
    );
    const texts = await Promise.all(packed);
    expect(texts[0]).toContain('# Release 2.0');
    expect(texts.slice(1)).toEqual(['# Version 1.4\n', 'Signed by Ada\n']);
  });
});
