/** How much is measured. */
export interface Scale {
  /** pairs of floor and product, one right after the other */
  pairs: number;
  /** tasks one after another */
  chain: number;
  /** tasks side by side, 50 at once */
  fan_out: number;
  /** runs of the same with `command` */
  command_runs: number;
  command_chain: number;
  command_fan_out: number;
  /** tasks of a large job, in a chain, whose tasks are held against those of one of `chain` */
  big_job: number;
  /** submissions whose answer is timed, and how many of those are approved */
  submits: number;
  approvals: number;
  /** tasks of the job whose events are followed, and pauses sent to it */
  followed_tasks: number;
  pauses: number;
  /** tasks that wait for an agent, one after the other */
  late_agents: number;
  /** a random DAG a seed */
  dag_seeds: number[];
  dag_sizes: [number, number];
  /** turns of each of 50 agents at once, and of those that share the prompt cache */
  turns: number;
  cache_turns: number;
  /** of the job whose page is looked at in a browser */
  dashboard_tasks: number;
  /** of the list of jobs, and how often each kind of page of it is read */
  open_jobs: number;
  closed_jobs: number;
  list_reads: number;
}

/** What goes into docs/benchmarks.md; about a quarter of an hour. */
export const FULL: Scale = {
  pairs: 5,
  chain: 50,
  fan_out: 400,
  command_runs: 2,
  command_chain: 50,
  command_fan_out: 400,
  big_job: 500,
  submits: 200,
  approvals: 50,
  followed_tasks: 120,
  pauses: 50,
  late_agents: 50,
  dag_seeds: [1, 2, 3, 4, 5, 6],
  dag_sizes: [20, 60],
  turns: 3,
  cache_turns: 4,
  dashboard_tasks: 500,
  open_jobs: 1000,
  closed_jobs: 100_000,
  list_reads: 200,
};

/** A look at all of it; about three minutes. */
export const QUICK: Scale = {
  pairs: 1,
  chain: 50,
  fan_out: 400,
  command_runs: 1,
  command_chain: 20,
  command_fan_out: 100,
  big_job: 150,
  submits: 50,
  approvals: 10,
  followed_tasks: 40,
  pauses: 10,
  late_agents: 10,
  dag_seeds: [1],
  dag_sizes: [20, 24],
  turns: 1,
  cache_turns: 2,
  dashboard_tasks: 100,
  open_jobs: 1000,
  closed_jobs: 10_000,
  list_reads: 50,
};

/** How many children or tasks run at once in a fan-out. */
export const AT_ONCE = 50;
