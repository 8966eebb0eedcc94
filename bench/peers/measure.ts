import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../test/setup/until.ts';
import { paperMakespan } from '../list-schedule.ts';
import { randomDag } from '../plans.ts';
import { checkOrder, readLog } from '../task-log.ts';
import { type AfterKill, afterKill } from './after-kill.ts';
import type { Engine } from './engine.ts';
import type { Job } from './job.ts';

/** How much is measured. */
export interface PeerScale {
  /** a random plan a seed, all at the same time; those of them that are killed are shorter */
  seeds: number[];
  sizes: [number, number];
  killed_sizes: [number, number];
  max_workers: number;
  /** how often a job is started, and let through its gate */
  starts: number;
}

export const PEERS: PeerScale = {
  ...{ seeds: [1, 2, 3], sizes: [20, 24], killed_sizes: [8, 10] },
  ...{ max_workers: 4, starts: 10 },
};
export const QUICK_PEERS: PeerScale = { ...PEERS, seeds: [1], starts: 3 };

/** Times until the first task is at work, in ms. */
export interface Starts {
  /** from submitting */
  start_ms: number[];
  /** from a person's word */
  approve_ms: number[];
}

/** What was found of one framework. */
export interface PeerFigures extends Starts {
  name: string;
  plans: { seed: number; tasks: number; paper_seconds: number; seconds: number; ratio: number }[];
  kills: Kill[];
}

/** A kill, and how the jobs went on. */
export interface Kill extends AfterKill {
  victim: string;
  how: 'by itself' | 'by hand' | 'submitted again';
}

/** Jobs with their logs in that folder. */
export class Measurer {
  readonly #folder: string;
  readonly #scale: PeerScale;

  constructor(folder: string, scale: PeerScale) {
    this.#folder = folder;
    this.#scale = scale;
  }

  /** Submits small jobs one after the other, and then lets others through their gates. The first ones warm it up. */
  async starts(engine: Engine): Promise<Starts> {
    const start_ms: number[] = [];
    const approve_ms: number[] = [];
    for (let n = -1; n < this.#scale.starts; n += 1) {
      const job = this.#job(SMALL, 5);
      const gated = { ...this.#job(SMALL, 5), gate: true };
      const submitted = Date.now();
      await engine.run(job);
      await engine.run(gated);
      const approved = Date.now();
      await engine.approve(gated);
      if (n < 0) continue;
      start_ms.push(readLog(job.log)[0]!.at - submitted);
      approve_ms.push(readLog(gated.log)[0]!.at - approved);
    }
    return { start_ms, approve_ms };
  }

  /** Carries out the random plans at the same time. */
  async plans(engine: Engine): Promise<PeerFigures['plans']> {
    const { seeds, sizes, max_workers } = this.#scale;
    return await Promise.all(
      seeds.map(async (seed) => {
        const job = this.#job(randomDag(seed, sizes, []), max_workers);
        const began = Date.now();
        const seconds = ((await engine.run(job)) - began) / 1000;
        checkOrder(readLog(job.log), job.tasks, max_workers);
        const paper_seconds = paperMakespan(job.tasks, max_workers);
        return { seed, tasks: job.tasks.length, paper_seconds, seconds, ratio: seconds / paper_seconds };
      }),
    );
  }

  /** One kill of each kind, one after the other. */
  async kills(engine: Engine): Promise<Kill[]> {
    const kills: Kill[] = [];
    for (const victim of engine.victims) kills.push(await this.#kill(engine, victim));
    return kills;
  }

  /** Kills when half of the tasks of some jobs have ended, waits whether they go on, asks them to, and sees to their end. */
  async #kill(engine: Engine, victim: string): Promise<Kill> {
    const { seeds, killed_sizes, max_workers } = this.#scale;
    const jobs = seeds.map((seed) => this.#job(randomDag(seed, killed_sizes, []), max_workers));
    const entries = () => jobs.flatMap(({ log }) => readLog(log));
    const half = jobs.reduce((sum, { tasks }) => sum + tasks.length, 0) / 2;
    for (const job of jobs) engine.run(job).catch(() => {}); // the kill breaks it off
    const isHalf = () => entries().filter(({ what }) => what === 'ended').length >= half;
    await until(isHalf, { timeoutMs: 120_000, what: 'half of the tasks' });
    // right after an end the result may not be kept yet; a kill comes at any moment
    await sleep(200);

    await engine.kill(victim);
    const killed_at = Date.now();
    await engine.restart();
    const ready_at = Date.now();
    const goesOn = () => entries().some(({ what, at }) => what === 'began' && at > killed_at);
    const alone = await until(goesOn, { timeoutMs: engine.patience_seconds * 1000 }).catch(() => false);
    const asked_at = alone ? undefined : Date.now();
    const kept = await Promise.all(
      jobs.map(async (job) => {
        if (await engine.resume(job)) return true;
        await engine.run({ ...job, id: randomUUID() });
        return false;
      }),
    );
    const found = afterKill(
      jobs.map(({ log }) => readLog(log)),
      { killed_at, ready_at, asked_at },
    );
    return {
      ...found,
      victim,
      how: alone ? 'by itself' : kept.every(Boolean) ? 'by hand' : 'submitted again',
    };
  }

  #job(tasks: Job['tasks'], max_workers: number): Job {
    const id = randomUUID();
    return { id, tasks, max_workers, gate: false, log: join(this.#folder, `${id}.log`) };
  }
}

/** Ten tasks that are done nearly at once. */
const SMALL = randomDag(1, [10, 10], []).map((task) => ({ ...task, estimated_seconds: 0.01 }));
