import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
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
  service = await startService({
    config: {
      agents: [{ name: 'translator', capabilities: ['translation'], base_url }],
      tools: AGENTS_ON_LOOPBACK,
    },
  });
});
afterAll(async () => {
  await service?.close();
  translator?.close();
  translator?.closeAllConnections();
});

describe('the examples', { timeout: 120_000 }, () => {
  it.each(readdirSync(FOLDER).filter((name) => name.endsWith('.yaml')))(
    '%s is a valid submission or project',
    (name) => {
      const { config, roster } = service.worker.deps;
      const body = parse(readFileSync(join(FOLDER, name), 'utf8'));
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

  it('the release goes to a person and an agent over HTTP, and is partial without its link check', async () => {
    const at = { url: service.url };
    const { job_id } = await jsonCli(['submit', join(FOLDER, 'release.yaml'), '--auto-approve'], at);
    await until(async () => (await jsonCli(['approvals', job_id], at)).approvals.length > 0, {
      timeoutMs: 20_000,
      what: 'the sign-off to wait',
    });
    await jsonCli(['complete', job_id, 'sign-off', '--output', 'Signed by Ada'], at);
    const job = await jsonCli(['watch', job_id], at);
    expect(job).toMatchObject({ status: 'completed', partial: true, stats: { completed: 4, failed: 1 } });
    expect(briefs).toHaveLength(1);
    expect(briefs[0]!.description).toContain('German');
  });
});
