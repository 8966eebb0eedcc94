import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { jobWorkflowId } from '../../contracts/names.ts';
import { type HttpGit, startHttpGit } from '../fakes/git-servers.ts';
import { collectRuns } from '../replay/collect.ts';
import { planOf, startJob } from '../setup/jobs.ts';
import { until } from '../setup/until.ts';
import { inSource, makeSource, type Source } from './source.ts';
import { startWorkerWorld, type WorkerProcess, type WorkerWorld } from './worker-process.ts';

const TOKEN = 'tok-3nTer-Sesame-f00ba7';
const PRINTED = 'printed-5ecret-c0ffee';

let source: Source;
let server: HttpGit;
let world: WorkerWorld;
let worker: WorkerProcess;
/** what was seen in arguments and variables of processes while git was answered */
const seen: string[] = [];
beforeAll(async () => {
  // what a check prints may be what somebody wrote into the repository
  source = makeSource({
    'a.txt': 'a\n',
    check: `echo "it said ${PRINTED.slice(0, 8)}""${PRINTED.slice(8)}"\n`,
  });
  source.git('clone', '--quiet', '--bare', source.path, join(source.path, 'served.git'));
  source.git('-C', 'served.git', 'config', 'http.receivepack', 'true');
  const look = async () => void seen.push(...processesWith(TOKEN, worker.pid));
  server = await startHttpGit({ root: source.path, token: TOKEN, authorized: look });
  const hosts = { [server.host]: { token_env: 'FORGE_TOKEN', allow_push: true } };
  world = await startWorkerWorld(stringify({ repositories: { hosts } }));
  worker = await world.start({ env: { FORGE_TOKEN: TOKEN, ORCHESTRATOR_SECRET_OTHER: PRINTED } });
}, 300_000);
afterAll(async () => {
  await world?.close();
  await server?.close();
  source?.remove();
});

test('a token, and what a check prints of secrets, is in no history, event, log, artifact, file or process list', {
  timeout: 300_000,
}, async () => {
  const where = { ...source, path: `${server.url}/served.git` };
  const job = await startJob(world, {
    ...inSource(where, { commands: { setup: null, check: 'sh check', lock: null } }),
    plan: planOf([
      { task_id: 'one', command: 'echo one >> a.txt; sh check; env; git config --list; cat .git/config' },
      { task_id: 'two', command: 'exit 3', max_attempts: 1 },
    ]),
  });
  await job.taskReaches('two', 'failed');
  await job.taskReaches('one', 'completed');
  await job.update('skip_task', { task_id: 'two' });
  expect(await job.result()).toMatchObject({ status: 'completed' });
  const branch = `orchestrator/${job.job_id}/result`;
  expect(source.git('-C', 'served.git', 'show', `${branch}:a.txt`)).toBe('a\none');
  expect(server.requests.filter(({ authorized }) => authorized).length).toBeGreaterThan(3);
  expect(seen).toEqual([]);

  const events = await until(job.events, { what: 'the journal' });
  const checked = events.find(({ type }) => type === 'merge.checked')!;
  const log = (await world.store.getContent(checked.data.log_ref as string)).toString();
  expect(log).toContain('it said ***');

  const runs = await collectRuns(world.client, [jobWorkflowId(job.job_id)]);
  expect(new Set(runs.map(({ workflow_id }) => workflow_id)).size).toBe(3);
  await worker.stop();
  for (const secret of [TOKEN, PRINTED]) {
    expect(JSON.stringify(events)).not.toContain(secret);
    expect(JSON.stringify(await job.handle.describe().then(({ memo }) => memo))).not.toContain(secret);
    for (const { workflow_id, events: history } of runs) {
      expect(
        textsOf(history).some((text) => text.includes(secret)),
        workflow_id,
      ).toBe(false);
    }
    expect(worker.output()).not.toContain(secret);
    expect(filesWith(world.folder, secret)).toEqual([]);
  }
});

/** Every text in a history, and what payloads hold. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value, Buffer.from(value, 'base64').toString('utf8')];
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(textsOf) : [];
}

/** Files below a folder that have a text. */
function filesWith(folder: string, text: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((path) => readFileSync(path).includes(text));
}

/** What has a text in its arguments or variables: but for the worker, which this test gave it to. */
function processesWith(text: string, but: number): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== but)
    .flatMap((pid) =>
      ['cmdline', 'environ'].flatMap((what) => {
        try {
          const found = readFileSync(`/proc/${pid}/${what}`, 'utf8');
          return found.includes(text) ? [`${what}: ${found}`] : [];
        } catch {
          return []; // it has ended
        }
      }),
    );
}
