import type { Api } from '../api.ts';
import { paperMakespan } from '../list-schedule.ts';
import { randomDag } from '../plans.ts';
import { SLEEP } from '../product/instant-agent.ts';
import type { Scale } from '../scale.ts';
import { runJob } from './job-run.ts';

/** One random DAG, carried out and on paper. */
export interface Makespan {
  seed: number;
  tasks: number;
  max_workers: number;
  paper_seconds: number;
  seconds: number;
  ratio: number;
}

const WORKERS = [4, 8] as const;

/** Carries each DAG out with 4 and with 8 workers, both at the same time, one DAG after the other. */
export async function measureMakespans(api: Api, scale: Scale): Promise<Makespan[]> {
  const all: Makespan[] = [];
  for (const seed of scale.dag_seeds) {
    all.push(...(await Promise.all(WORKERS.map((workers) => measureOne(api, scale, seed, workers)))));
  }
  return all;
}

async function measureOne(api: Api, scale: Scale, seed: number, max_workers: number): Promise<Makespan> {
  const tasks = randomDag(seed, scale.dag_sizes, SLEEP);
  const paper_seconds = paperMakespan(tasks, max_workers);
  const { milliseconds } = await runJob(api, tasks, max_workers);
  const seconds = milliseconds / 1000;
  return { seed, tasks: tasks.length, max_workers, paper_seconds, seconds, ratio: seconds / paper_seconds };
}
