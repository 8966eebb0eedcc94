import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildDashboard } from '../dashboard/build.ts';
import { dashboardSection } from './dashboard-report.ts';
import { runFloor } from './floor/run.ts';
import { listSection } from './list-report.ts';
import { describeMachine, loadNow } from './machine.ts';
import { measureAnswers } from './measure/answers.ts';
import { findChromium, measureDashboard } from './measure/dashboard.ts';
import { type JobListFigures, measureJobList } from './measure/job-list.ts';
import { runJob } from './measure/job-run.ts';
import { measureLateAgents } from './measure/late-agent.ts';
import { measureLiveEvents } from './measure/live-events.ts';
import { measureMakespans } from './measure/makespan.ts';
import { measureModelThroughput } from './measure/model-throughput.ts';
import { measureBigJob, measurePerTask } from './measure/per-task.ts';
import { measurePromptCache } from './measure/prompt-cache.ts';
import { measureRepository, QUICK_REPOSITORY, REPOSITORY } from './measure/repository.ts';
import { measureSandbox } from './measure/sandbox.ts';
import { measureSoak, QUICK_SOAK, SOAK } from './measure/soak.ts';
import { PEERS, QUICK_PEERS } from './peers/measure.ts';
import { PEERS_HEADING, peersSection } from './peers/report.ts';
import { frameworkVersions, measurePeers, startPeers } from './peers/run.ts';
import { fanOut } from './plans.ts';
import { NOOP } from './product/instant-agent.ts';
import { toMarkdown } from './report.ts';
import { repositorySection } from './repository-report.ts';
import { sandboxSection } from './sandbox-report.ts';
import { FULL, QUICK, type Scale } from './scale.ts';
import { withSection } from './sections.ts';
import { SOAK_HEADING, soakSection } from './soak-report.ts';
import { type System, startSystem } from './system.ts';
import { startThinking, type Thinking } from './thinking.ts';

const PAGE = fileURLToPath(new URL('../docs/benchmarks.md', import.meta.url));

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

const began = performance.now();
const say = (line: string) =>
  console.error(`${((performance.now() - began) / 1000).toFixed(0).padStart(4)} s  ${line}`);

/** Starts everything, measures, prints the tables, and after a full run writes them to the page. */
async function main(): Promise<void> {
  const flag = { type: 'boolean', default: false } as const;
  const { values } = parseArgs({
    options: {
      ...{
        quick: flag,
        dashboard: flag,
        soak: flag,
        list: flag,
        peers: flag,
        repository: flag,
        sandbox: flag,
      },
      'database-url': { type: 'string' },
    },
  });
  const { quick, dashboard, soak, list, peers, repository, sandbox } = values;
  const loadBefore = loadNow();
  if (loadBefore > 0.5)
    say(`the machine is busy (load ${loadBefore}): the figures will be worse than it can do`);
  const scale = quick ? QUICK : FULL;
  if (dashboard) return await printDashboard(scale);
  if (soak) return await soakAndPrint(quick);
  if (peers) return await measurePeersAndPrint(quick, loadBefore);
  if (repository) return console.log(repositorySection(await lookAtRepository(quick)));
  if (sandbox) return console.log(sandboxSection(await lookAtSandbox(quick)));
  if (list) return console.log(listSection(await lookAtList(scale, values['database-url'])));
  say('starting Temporal, the product and the floor');
  const tasks = await during(startSystem(say), (system) => measureTasks(system, scale, loadBefore));
  say('starting Temporal and the product with agents that think');
  const agents = await during(startThinking(say), (thinking) => measureAgents(thinking, scale));
  const list_pages = await lookAtList(scale, values['database-url']);
  const in_repository = await lookAtRepository(quick);
  const sandboxed = await lookAtSandbox(quick);
  const seconds = (performance.now() - began) / 1000;
  const date = new Date().toISOString().slice(0, 10);
  const page = toMarkdown({
    ...tasks,
    ...agents,
    list_pages,
    in_repository,
    sandboxed,
    scale,
    seconds,
    date,
  });
  console.log(page);
  if (!quick) writePage(page);
}

/** Sections that are written by runs of their own, and kept by all others. */
const OWN_RUNS = [SOAK_HEADING, PEERS_HEADING];

function writePage(page: string): void {
  const there = readFileSync(PAGE, 'utf8');
  writeFileSync(
    PAGE,
    OWN_RUNS.reduce((made, heading) => withSection(heading, made, there), page),
  );
}

function writeOwnSection(heading: string, section: string): void {
  writeFileSync(PAGE, withSection(heading, readFileSync(PAGE, 'utf8'), section));
}

/** Runs many jobs, prints how memory went, and after a full run writes that into the page. */
async function soakAndPrint(quick: boolean): Promise<void> {
  say('starting Temporal, the product and the floor');
  const soak = await during(startSystem(say), (system) =>
    measureSoak(system, quick ? QUICK_SOAK : SOAK, say),
  );
  const section = soakSection(soak);
  console.log(section);
  if (!quick) writeOwnSection(SOAK_HEADING, section);
}

/** Runs the same plans on frameworks of others, prints how they went, and after a full run writes that into the page. */
async function measurePeersAndPrint(quick: boolean, load_before: number): Promise<void> {
  const scale = quick ? QUICK_PEERS : PEERS;
  const { figures, versions } = await during(startPeers(say), async (peers) => ({
    figures: await measurePeers(peers, scale, say),
    versions: frameworkVersions(peers),
  }));
  const seconds = (performance.now() - began) / 1000;
  const date = new Date().toISOString().slice(0, 10);
  const section = peersSection(figures, scale, {
    versions,
    date,
    seconds,
    load_before,
    cores: cpus().length,
  });
  console.log(section);
  if (!quick) writeOwnSection(PEERS_HEADING, section);
}

/** Measures the dashboard alone, and prints its section. */
async function printDashboard(scale: Scale): Promise<void> {
  say('starting Temporal, the product and the floor');
  console.log(dashboardSection(await during(startSystem(say), (system) => lookAtDashboard(system, scale))));
}

/** The list of jobs on SQLite, and on PostgreSQL where the benchmark was given an empty database. */
async function lookAtList(scale: Scale, url: string | undefined): Promise<JobListFigures[]> {
  say('a long list of jobs');
  const figures = [await measureJobList(scale)];
  if (url) figures.push(await measureJobList(scale, url));
  return figures;
}

async function lookAtRepository(quick: boolean) {
  say('tasks in a repository, next to git by hand');
  return await measureRepository(quick ? QUICK_REPOSITORY : REPOSITORY);
}

async function lookAtSandbox(quick: boolean) {
  say('a command in the sandbox, next to the same without');
  return await measureSandbox(quick ? 20 : 100);
}

async function lookAtDashboard({ api, url }: System, scale: Scale) {
  const browser = findChromium();
  if (browser === undefined) return undefined;
  await buildDashboard(say);
  say('a job of many tasks in a browser');
  return await measureDashboard(api, url, browser, scale.dashboard_tasks);
}

/** Measures, and ends what was started for it, however that goes. */
async function during<S extends { stop(): Promise<void> }, R>(
  starting: Promise<S>,
  measure: (started: S) => Promise<R>,
): Promise<R> {
  const started = await starting;
  const leave = () => void started.stop().finally(() => process.exit(130));
  for (const signal of SIGNALS) process.once(signal, leave);
  try {
    return await measure(started);
  } finally {
    for (const signal of SIGNALS) process.off(signal, leave);
    await started.stop();
  }
}

async function measureTasks(system: System, scale: Scale, loadBefore: number) {
  const { api, client, connection } = system;
  say('warming up');
  await runJob(api, fanOut(50, NOOP), 10);
  await runFloor(client, 50, 10);
  say('tasks in a chain and in a fan-out, next to the floor');
  const per_task = await measurePerTask(system, scale);
  say('a task of a large job');
  const big_job_ratio = await measureBigJob(system, scale);
  say('submit and approve');
  const answers = await measureAnswers(api, scale);
  say('agents that register late');
  const late_agents_ms = await measureLateAgents(api, scale);
  say('events to a client');
  const live = await measureLiveEvents(api, scale);
  say('random plans');
  const makespans = await measureMakespans(api, scale);
  const dashboard = await lookAtDashboard(system, scale);
  const machine = await describeMachine(connection, loadBefore);
  return { machine, per_task, big_job_ratio, answers, late_agents_ms, live, makespans, dashboard };
}

async function measureAgents(thinking: Thinking, scale: Scale) {
  say('agents within a rate limit');
  const throughput = await measureModelThroughput(thinking, scale);
  say('the prompt cache');
  return { throughput, cache: await measurePromptCache(thinking, scale) };
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
