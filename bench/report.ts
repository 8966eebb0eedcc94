import { AIMS, met, reached } from './aims.ts';
import { dashboardSection } from './dashboard-report.ts';
import { listSection } from './list-report.ts';
import type { Machine } from './machine.ts';
import type { Answers } from './measure/answers.ts';
import type { DashboardFigures } from './measure/dashboard.ts';
import type { JobListFigures } from './measure/job-list.ts';
import type { LiveEvents } from './measure/live-events.ts';
import type { Makespan } from './measure/makespan.ts';
import type { ModelThroughput } from './measure/model-throughput.ts';
import type { PerTask } from './measure/per-task.ts';
import type { PromptCache } from './measure/prompt-cache.ts';
import type { RepositoryFigures } from './measure/repository.ts';
import type { SandboxFigures } from './measure/sandbox.ts';
import { repositorySection } from './repository-report.ts';
import { sandboxSection } from './sandbox-report.ts';
import { AT_ONCE, type Scale } from './scale.ts';
import { median, percentile } from './statistics.ts';
import { table } from './table.ts';
import { LIMIT } from './thinking.ts';

/** Everything that one run of the benchmark found. */
export interface Findings {
  machine: Machine;
  scale: Scale;
  per_task: { chain: PerTask; fan_out: PerTask };
  /** a task of a large job over one of a small one */
  big_job_ratio: number;
  answers: Answers;
  /** from sending a registration until the agent has the task that waited */
  late_agents_ms: number[];
  live: LiveEvents;
  makespans: Makespan[];
  /** left out: there was no browser */
  dashboard?: DashboardFigures;
  list_pages: JobListFigures[];
  in_repository: RepositoryFigures;
  sandboxed: SandboxFigures;
  throughput: ModelThroughput[];
  cache: PromptCache;
  /** how long the benchmark itself took */
  seconds: number;
  /** day of the run, `YYYY-MM-DD` */
  date: string;
}

/** The findings as the tables of docs/benchmarks.md. */
export function toMarkdown(findings: Findings): string {
  const { machine, scale, per_task, answers, late_agents_ms, live, makespans, seconds, date } = findings;
  const { throughput, cache } = findings;
  const { chain, fan_out } = per_task;
  return `# Benchmarks

Written by \`npm run bench\`; a run replaces the page but for two sections: that about memory, which \`npm run bench -- --soak\` writes (2,000 jobs of 20 tasks), and that about frameworks of others, which \`npm run bench -- --peers\` writes. With \`--quick\` all are shorter, print and write nothing.

${date}, in ${Math.round(seconds)} s, on: ${machine.cpu}, ${machine.cores} cores, ${machine.memory_gib} GiB of memory; Node ${machine.node}, Temporal Server ${machine.temporal}, SDK ${machine.sdk}. Load before the start: ${machine.load_before}.

## A task, over bare Temporal

${table(
  ['ms per task', 'floor', 'no-op agent', 'ratio', 'aim', '', '`command`'],
  [
    perTaskRow(`chain of ${scale.chain}`, chain, AIMS.chain_ratio),
    perTaskRow(`fan-out of ${scale.fan_out}, ${AT_ONCE} at once`, fan_out, AIMS.fan_out_ratio),
  ],
)}

${table(
  ['', 'measured', 'aim', ''],
  [
    aimedRow('`command` over the no-op agent, chain, ms', chain.command_over_noop_ms, AIMS.command_ms, 1),
    aimedRow(
      `a task of a chain of ${scale.big_job} over one of ${scale.chain}`,
      findings.big_job_ratio,
      AIMS.big_job_ratio,
      2,
    ),
    aimedRow(
      'events of history of a chained task above the floor',
      chain.history.events - chain.floor_history.events,
      AIMS.events_over_floor,
      1,
    ),
    aimedRow('bytes of history of a chained task', chain.history.bytes, AIMS.history_bytes, 0),
  ],
)}

${table(
  ['history per task', 'floor events', 'events', 'floor bytes', 'bytes'],
  [historyRow('chain', chain), historyRow('fan-out', fan_out)],
)}

The floor is a parent workflow with one child a task and one no-op activity a child, and nothing else, written with the same SDK. Both run on the same server, which is tuned as \`npm start\` tunes it, each with its worker in a process of its own and the same settings, and are measured in turns: medians of ${scale.pairs} pair${scale.pairs === 1 ? '' : 's'}, the ratio is the median of the pairs' ratios. The no-op agent exists in the benchmark only: it takes the place of the process in the activity that runs commands. \`command\` runs \`true\` under its supervisor${scale.command_chain === scale.chain ? '' : ` (${scale.command_chain} in the chain, ${scale.command_fan_out} in the fan-out)`}. The product's time is from sending the approval over HTTP until the job has taken in the end of its last task; the floor's from starting the parent to its result.

## What a person waits for

${table(
  ['ms', 'p50', 'aim', '', 'p99', 'aim', '', 'n'],
  [
    timesRow('submit a plan of 10 tasks, until it awaits approval', answers.submit_ms, AIMS.submit_ms),
    timesRow('approve, until the first agent is at work', answers.first_work_ms),
    timesRow(
      'an agent registers, until it has the task that waited for one',
      late_agents_ms,
      AIMS.late_agent_ms,
    ),
    timesRow('event, until an SSE client has it', live.event_ms, AIMS.event_ms),
    timesRow('the same while a fan-out runs at full load', live.loaded_ms, AIMS.loaded_event_ms),
    timesRow('pause sent, until an SSE client has its event', live.command_ms),
  ],
)}

All over HTTP, from one client. An event's delay is measured from the time that stands in it, which is when the job's workflow began to handle what happened: the handling itself is in the figure. The clocks are one, since everything runs on this machine. The task that waited is one that no agent could take; the agent is over HTTP, and its delay is from sending the registration until the brief is there. A registration that wakes nobody would show as 30 s, the time between two checks.

## Random plans, over the schedule on paper

${table(
  ['seed', 'tasks', 'max_workers', 'paper s', 'measured s', 'ratio'],
  makespans.map(({ seed, tasks, max_workers, paper_seconds, seconds: measured, ratio }) => [
    String(seed),
    String(tasks),
    String(max_workers),
    paper_seconds.toFixed(2),
    measured.toFixed(2),
    ratio.toFixed(3),
  ]),
)}

${makespanSummary(makespans)} Tasks of 0.5 to 5 s whose \`estimated_seconds\` are exact; on paper the same list scheduling (longest path to the end first) takes no time for anything else. Each plan runs with 4 and with 8 workers at the same time.

${dashboardSection(findings.dashboard)}
${listSection(findings.list_pages)}
${repositorySection(findings.in_repository)}
${sandboxSection(findings.sandboxed)}
## Agents within a rate limit

${table(
  [
    'limit',
    'what binds',
    'requests',
    'in s',
    'share of it',
    `aim ${AIMS.limit_share * 100} %`,
    '429',
    'parked',
    'attempts lost',
    'aim 0',
  ],
  throughput.map(throughputRow),
)}

A job of ${AT_ONCE} agents at work at once, ${scale.turns} turns each, on a fake of the Anthropic API that lets ${LIMIT.requests_per_second} requests and ${LIMIT.tokens_per_second.toLocaleString('en')} tokens a second through, holds as much when full, tells of both in its headers, and answers the rest with 429. Requests bind agents with short prompts, tokens those whose tasks bring 16 KB of material. The share is of what the provider would have let through from the first request of a task to the last, a full bucket at the start included. \`given\`: the limit stands under \`rate_limits\` in the config; \`learned\`: it is known from headers alone, and the first requests go out before any came.

## Prompt cache

${table(
  [
    'input tokens',
    'read from the cache',
    'written to it',
    'paid in full',
    'read in the first turns of all tasks but one',
  ],
  [cacheRow(cache)],
)}

A job of ${cache.tasks} tasks of \`general\`, ${cache.turns} turns each, on a fake that reports cache use by common prefix as the Anthropic API does. What a first turn reads is what the tasks of a job share: tools and system prompt.
`;
}

function throughputRow(run: ModelThroughput): string[] {
  const { limit_from, binds, requests, seconds, share, turned_away, parked, lost_attempts } = run;
  return [
    limit_from,
    binds,
    String(requests),
    seconds.toFixed(1),
    percent(share),
    met(share >= AIMS.limit_share),
    String(turned_away),
    String(parked),
    String(lost_attempts),
    reached(lost_attempts, 0),
  ];
}

const cacheRow = ({ input_tokens, read, written, read_in_first_turns }: PromptCache): string[] => [
  String(input_tokens),
  percent(read),
  percent(written),
  percent(1 - read - written),
  percent(read_in_first_turns),
];

const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;

const aimedRow = (name: string, value: number, aim: number, digits: number): string[] => [
  name,
  value.toFixed(digits),
  String(aim),
  reached(value, aim),
];

function perTaskRow(name: string, { floor_ms, noop_ms, ratio, command_ms }: PerTask, aim: number): string[] {
  return [
    name,
    floor_ms.toFixed(1),
    noop_ms.toFixed(1),
    ratio.toFixed(2),
    String(aim),
    reached(ratio, aim),
    command_ms.toFixed(1),
  ];
}

function historyRow(name: string, { floor_history, history }: PerTask): string[] {
  return [
    name,
    floor_history.events.toFixed(1),
    history.events.toFixed(1),
    floor_history.bytes.toFixed(0),
    history.bytes.toFixed(0),
  ];
}

function timesRow(name: string, values: number[], aims?: { p50: number; p99: number }): string[] {
  const cells = ([50, 99] as const).flatMap((p) => {
    const value = percentile(values, p);
    const aim = aims?.[`p${p}`];
    return [value.toFixed(0), ...(aim === undefined ? ['', ''] : [String(aim), reached(value, aim)])];
  });
  return [name, ...cells, String(values.length)];
}

function makespanSummary(makespans: Makespan[]): string {
  const ratios = makespans.map(({ ratio }) => ratio);
  const worst = Math.max(...ratios);
  return `Median ${median(ratios).toFixed(3)}, worst ${worst.toFixed(3)}; aim ${AIMS.makespan}: ${reached(worst, AIMS.makespan)}.`;
}
