/** What the product shall reach; the page says for each whether it did. Times are in milliseconds. */
export const AIMS = {
  chain_ratio: 1.15,
  fan_out_ratio: 1.05,
  /** events and bytes of history a chained task */
  events_over_floor: 3,
  history_bytes: 5000,
  /** a process for each task, over an agent that is done at once, in a chain */
  command_ms: 10,
  /** a task of a large job, over one of a small one */
  big_job_ratio: 1.1,
  makespan: 1.03,
  submit_ms: { p50: 60, p99: 150 },
  event_ms: { p50: 25, p99: 100 },
  loaded_event_ms: { p50: 100, p99: 400 },
  late_agent_ms: { p50: 1000, p99: 1000 },
  /** from the end of a task to its box on the page */
  shown_ms: { p50: 100, p99: 250 },
  picture_ms: 1500,
  frames: 30,
  limit_share: 0.85,
  /** clone, commit and merge of a task, over the same by hand with git */
  repository_ratio: 1.5,
  /** the last ten merges of a queue over the first ten */
  queue_growth: 1.2,
  /** a command in the sandbox, over the same without */
  sandbox_ms: 30,
  worker_mb: 350,
  api_mb: 200,
  /** share by which memory may still grow when it should be flat */
  growth: 0.05,
};

/** Whether a figure is as small as it should be, for a cell of a table. */
export const reached = (value: number, aim: number): string => met(value <= aim);

export const met = (is: boolean): string => (is ? 'met' : '**missed**');
