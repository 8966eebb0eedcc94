import { type FloorRun, runFloor } from '../floor/run.ts';
import type { PlannedTask } from '../plans.ts';
import { chain, fanOut } from '../plans.ts';
import { NOOP } from '../product/instant-agent.ts';
import { AT_ONCE, type Scale } from '../scale.ts';
import { median } from '../statistics.ts';
import type { System } from '../system.ts';
import { type HistoryCost, historyCost } from './history.ts';
import { type JobRun, runJob } from './job-run.ts';

/** Each takes half a minute. */
const MAX_BIG_JOBS = 2;

/** What a task costs, in milliseconds, in one shape of plan. */
export interface PerTask {
  floor_ms: number;
  noop_ms: number;
  /** median of the ratios of the pairs */
  ratio: number;
  /** with a real process for each task */
  command_ms: number;
  /** a process for each task, over the no-op agent */
  command_over_noop_ms: number;
  floor_history: HistoryCost;
  history: HistoryCost;
}

/** A task of a large job in a chain, in milliseconds, over one of a small one: pairs, who is first alternating. */
export async function measureBigJob({ api }: System, scale: Scale): Promise<number> {
  const ratios: number[] = [];
  for (let pair = 0; pair < Math.min(scale.pairs, MAX_BIG_JOBS); pair += 1) {
    const perTask: Record<number, number> = {};
    const sizes = [scale.chain, scale.big_job];
    for (const size of pair % 2 === 0 ? sizes : sizes.reverse()) {
      perTask[size] = (await runJob(api, chain(size, NOOP), 1)).milliseconds / size;
    }
    ratios.push(perTask[scale.big_job]! / perTask[scale.chain]!);
  }
  return median(ratios);
}

/** Chain and fan-out: floor and product in turns, who is first alternating, on the same server. */
export async function measurePerTask(
  system: System,
  scale: Scale,
): Promise<{ chain: PerTask; fan_out: PerTask }> {
  const commandChain = chain(scale.command_chain, ['true']);
  const commandFanOut = fanOut(scale.command_fan_out, ['true']);
  return {
    chain: await measureShape(system, scale, chain(scale.chain, NOOP), commandChain, 1),
    fan_out: await measureShape(system, scale, fanOut(scale.fan_out, NOOP), commandFanOut, AT_ONCE),
  };
}

async function measureShape(
  { api, client }: System,
  scale: Scale,
  tasks: PlannedTask[],
  commands: PlannedTask[],
  atOnce: number,
): Promise<PerTask> {
  const floors: FloorRun[] = [];
  const jobs: JobRun[] = [];
  for (let pair = 0; pair < scale.pairs; pair += 1) {
    const floor = async () => floors.push(await runFloor(client, tasks.length, atOnce));
    const job = async () => jobs.push(await runJob(api, tasks, atOnce));
    for (const run of pair % 2 === 0 ? [floor, job] : [job, floor]) await run();
  }
  const commandRuns: JobRun[] = [];
  for (let run = 0; run < scale.command_runs; run += 1) commandRuns.push(await runJob(api, commands, atOnce));

  const perTask = (runs: { milliseconds: number }[], count: number) =>
    runs.map(({ milliseconds }) => milliseconds / count);
  const floorMs = perTask(floors, tasks.length);
  const noopMs = perTask(jobs, tasks.length);
  const noop_ms = median(noopMs);
  const command_ms = median(perTask(commandRuns, commands.length));
  return {
    floor_ms: median(floorMs),
    noop_ms,
    ratio: median(noopMs.map((ms, index) => ms / floorMs[index]!)),
    command_ms,
    command_over_noop_ms: command_ms - noop_ms,
    floor_history: await historyCost(client, floors[0]!.workflow_ids, tasks.length),
    history: await historyCost(client, jobs[0]!.workflow_ids, tasks.length),
  };
}
