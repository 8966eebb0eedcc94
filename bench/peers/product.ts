import { mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { dataDir } from '../../config/data-dir.ts';
import { readAddresses } from '../../runtime/addresses.ts';
import { signalProcess, startedAt } from '../../runtime/processes.ts';
import { until } from '../../test/setup/until.ts';
import { findTemporal } from '../../toolchain/temporal.ts';
import { type Api, apiAt } from '../api.ts';
import { tasksDoneAt } from '../measure/job-run.ts';
import type { PlannedTask } from '../plans.ts';
import { sleepInto } from '../product/instant-agent.ts';
import { ownEnv, type Product, startProduct, writeSettings } from '../product.ts';
import type { Engine } from './engine.ts';
import type { Job } from './job.ts';

const POLL_MS = 200;

/** Starts the one-machine mode in a temporary data folder. Its database and Temporal's are files there. */
export async function startOurs(onProgress: (line: string) => void): Promise<Engine> {
  const { path } = await findTemporal({ onProgress });
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'orchestrator-bench-')));
  const env = { ...ownEnv(dirname(path), folder), ORCHESTRATOR_CONFIG: writeSettings(folder) };
  let product = startProduct(folder, env);
  let api = await connect(product);
  let launcherLives = true;
  const ids = new Map<string, string>();
  const doneAt = async (id: string): Promise<number> => {
    await api.completed(id);
    return tasksDoneAt(await api.events(id));
  };
  return {
    name: 'Orchestrator',
    async run(job) {
      const id = await api[job.gate ? 'submit' : 'begin'](plannedTasks(job), job.max_workers);
      ids.set(job.id, id);
      return job.gate ? Date.now() : await doneAt(id);
    },
    async approve(job) {
      const id = ids.get(job.id)!;
      await api.command(id, 'approve');
      return await doneAt(id);
    },
    victims: ['its worker', 'everything'],
    // nobody asks it to
    patience_seconds: 120,
    async kill(victim) {
      const { pids: all } = readAddresses(dataDir(folder))!;
      launcherLives = victim === 'its worker';
      const pids = launcherLives ? [all.worker] : Object.values(all);
      for (const pid of pids) signalProcess(pid, 'SIGKILL');
      const areGone = async () =>
        (await Promise.all(pids.map(startedAt))).every((start) => start === undefined);
      await until(areGone, { what: 'the killed processes to be gone' });
    },
    async restart() {
      if (launcherLives) return; // which starts the worker again
      product = startProduct(folder, env);
      api = await connect(product);
    },
    async resume(job) {
      await doneAt(ids.get(job.id)!);
      return true;
    },
    async stop() {
      await product.stop();
    },
  };
}

async function connect(product: Product): Promise<Api> {
  const { api_url } = await product.up();
  // over HTTP alone: a client of Temporal does not outlive its server's end
  const api: Api = apiAt(api_url, async (id) => {
    while ((await api.status(id)).finished_at === null) await sleep(POLL_MS);
  });
  return api;
}

const plannedTasks = ({ tasks, log }: Job): PlannedTask[] =>
  tasks.map(({ task_id, depends_on, estimated_seconds }) => ({
    ...{ task_id, title: task_id, agent: 'command', command: sleepInto(log) },
    ...{ depends_on: [...depends_on], estimated_seconds },
  }));
