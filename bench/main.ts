import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runFloor } from './floor/run.ts';
import { describeMachine, loadNow } from './machine.ts';
import { measureAnswers } from './measure/answers.ts';
import { runJob } from './measure/job-run.ts';
import { measureLiveEvents } from './measure/live-events.ts';
import { measureMakespans } from './measure/makespan.ts';
import { measurePerTask } from './measure/per-task.ts';
import { fanOut } from './plans.ts';
import { NOOP } from './product/instant-agent.ts';
import { type Findings, toMarkdown } from './report.ts';
import { FULL, QUICK } from './scale.ts';
import { type System, startSystem } from './system.ts';

const PAGE = fileURLToPath(new URL('../docs/benchmarks.md', import.meta.url));

const began = performance.now();
const say = (line: string) =>
  console.error(`${((performance.now() - began) / 1000).toFixed(0).padStart(4)} s  ${line}`);

/** Starts everything, measures, prints the tables, and after a full run writes them to the page. */
async function main(): Promise<void> {
  const { quick } = parseArgs({ options: { quick: { type: 'boolean', default: false } } }).values;
  const loadBefore = loadNow();
  if (loadBefore > 0.5)
    say(`the machine is busy (load ${loadBefore}): the figures will be worse than it can do`);
  say('starting Temporal, the product and the floor');
  const system = await startSystem(say);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void system.stop().finally(() => process.exit(130)));
  }
  try {
    const findings = await measure(system, quick, loadBefore);
    const page = toMarkdown(findings);
    console.log(page);
    if (!quick) writeFileSync(PAGE, page);
  } finally {
    await system.stop();
  }
}

async function measure(system: System, quick: boolean, loadBefore: number): Promise<Findings> {
  const { api, client, connection } = system;
  const scale = quick ? QUICK : FULL;
  say('warming up');
  await runJob(api, fanOut(50, NOOP), 10);
  await runFloor(client, 50, 10);
  say('tasks in a chain and in a fan-out, next to the floor');
  const per_task = await measurePerTask(system, scale);
  say('submit and approve');
  const answers = await measureAnswers(api, scale);
  say('events to a client');
  const live = await measureLiveEvents(api, scale);
  say('random plans');
  const makespans = await measureMakespans(api, scale);
  const machine = await describeMachine(connection, loadBefore);
  const seconds = (performance.now() - began) / 1000;
  return {
    ...{ machine, scale, per_task, answers, live, makespans, seconds },
    date: new Date().toISOString().slice(0, 10),
  };
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
