import type { Api } from '../api.ts';
import { memoryOf, type PartOfProduct } from '../memory.ts';
import { layered } from '../plans.ts';
import { NOOP } from '../product/instant-agent.ts';
import type { System } from '../system.ts';

/** How many jobs are run one after another, and how large each is. */
export interface SoakScale {
  jobs: number;
  tasks: number;
  /** jobs at the same time */
  at_once: number;
}

/** What `--soak` runs, and a look at it with `--quick`. */
export const SOAK: SoakScale = { jobs: 2000, tasks: 20, at_once: 5 };
export const QUICK_SOAK: SoakScale = { jobs: 60, tasks: 20, at_once: 5 };

/** Memory of the product after so many jobs, resident, in MB. */
export interface MemorySample {
  jobs: number;
  worker_mb: number;
  api_mb: number;
}

/** How memory went while jobs came and ended. */
export interface Soak {
  scale: SoakScale;
  samples: MemorySample[];
}

const SAMPLES = 20;

/** Runs many jobs, each submitted, approved and read as a person would, and looks at the memory of worker and API. */
export async function measureSoak(
  { api, product_pid }: System,
  scale: SoakScale,
  say: (line: string) => void,
): Promise<Soak> {
  const samples = [sampleOf(product_pid, 0)];
  const every = Math.max(1, Math.floor(scale.jobs / SAMPLES));
  let begun = 0;
  let ended = 0;
  const runMany = async () => {
    while (begun < scale.jobs) {
      begun += 1;
      await runOne(api, scale.tasks);
      ended += 1;
      if (ended % every !== 0) continue;
      const sample = sampleOf(product_pid, ended);
      samples.push(sample);
      say(`${ended} jobs: worker ${sample.worker_mb} MB, API ${sample.api_mb} MB`);
    }
  };
  await Promise.all(Array.from({ length: scale.at_once }, runMany));
  return { scale, samples };
}

async function runOne(api: Api, tasks: number): Promise<void> {
  const job_id = await api.submit(layered(tasks, NOOP), 5);
  const stream = await api.follow(job_id, () => {});
  await api.command(job_id, 'approve');
  await stream.ended;
  await api.completed(job_id);
}

function sampleOf(product_pid: number, jobs: number): MemorySample {
  const mb = (part: PartOfProduct) => Math.round(memoryOf(product_pid, part) / 2 ** 20);
  return { jobs, worker_mb: mb('worker'), api_mb: mb('api') };
}

/**
 * What was added in the second half of a run to the mean of its second quarter: near 0 where memory is flat, which it can
 * only be once the caches are full.
 */
export function growth(samples: readonly number[]): number {
  const mean = (from: number, to: number) => {
    const part = samples.slice(Math.floor(samples.length * from), Math.ceil(samples.length * to));
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  };
  const before = mean(0.25, 0.5);
  return (mean(0.75, 1) - before) / before;
}
