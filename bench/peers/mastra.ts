import type { Node } from '../../core/plan/graph.ts';
import { doTask, type Job, levels } from './job.ts';
import { type Runner, type Setting, serve } from './runner.ts';
import { Schedule } from './schedule.ts';

// What is used of @mastra/core; the package is not one of ours, so its types are not here.
interface Given {
  inputData: unknown;
  resumeData?: unknown;
  suspend(payload: unknown): Promise<unknown>;
  getStepResult(id: string): unknown;
}
interface Run {
  start(given: { inputData: unknown }): Promise<Result>;
  resume(given: { step: string; resumeData: unknown }): Promise<Result>;
  restart(): Promise<Result>;
}
interface Result {
  status: string;
  error?: unknown;
}
interface Workflow {
  then(step: unknown): Workflow;
  map(work: () => Promise<unknown>): Workflow;
  foreach(step: unknown, options: { concurrency: number }): Workflow;
  parallel(steps: unknown[]): Workflow;
  commit(): Workflow;
  createRun(options: { runId: string }): Promise<Run>;
  listActiveWorkflowRuns(): Promise<{ total: number }>;
}
interface Workflows {
  createWorkflow(options: unknown): Workflow;
  createStep(options: { id: string; execute: (given: Given) => Promise<unknown> }): unknown;
}
interface Core {
  Mastra: new (options: {
    storage: unknown;
    logger: false;
  }) => {
    addWorkflow(workflow: Workflow, key: string): void;
    getWorkflow(key: string): Workflow;
  };
}
interface Storage {
  InMemoryStore: new () => unknown;
}
interface Postgres {
  PostgresStore: new (options: { id: string; connectionString: string }) => { init(): Promise<void> };
}
interface Zod {
  any(): unknown;
}

await serve(async ({ load, variant, database_url }: Setting): Promise<Runner> => {
  const lib = load('@mastra/core/workflows') as Workflows;
  const { Mastra } = load('@mastra/core') as Core;
  const any = (load('zod') as Zod).any();
  const storage = database_url ? await postgresStore(load, database_url) : memoryStore(load);
  const mastra = new Mastra({ storage, logger: false });
  const addTasks = variant === 'foreach' ? asLevels : asParallel;
  const steps: Steps = (id, execute) =>
    lib.createStep({ ...{ id, inputSchema: any, outputSchema: any, resumeSchema: any }, execute });
  const known = new Set<string>();

  const workflow = (job: Job): Workflow => {
    if (!known.has(job.id)) {
      const empty = lib.createWorkflow({ id: job.id, inputSchema: any, outputSchema: any });
      const begun = job.gate ? empty.then(gate(steps)) : empty;
      mastra.addWorkflow(addTasks(begun, steps, job).commit(), job.id);
      known.add(job.id);
    }
    return mastra.getWorkflow(job.id);
  };
  const runOf = (job: Job) => workflow(job).createRun({ runId: job.id });
  return {
    async run(job) {
      expect(await (await runOf(job)).start({ inputData: {} }), job.gate ? 'suspended' : 'success');
    },
    async approve(job) {
      expect(await (await runOf(job)).resume({ step: 'gate', resumeData: true }), 'success');
    },
    async resume(job) {
      if ((await workflow(job).listActiveWorkflowRuns()).total === 0) return false;
      expect(await (await runOf(job)).restart(), 'success');
      return true;
    },
  };
});

type Steps = (id: string, execute: (given: Given) => Promise<unknown>) => unknown;

function memoryStore(load: Setting['load']): unknown {
  return new (load('@mastra/core/storage') as Storage).InMemoryStore();
}

async function postgresStore(load: Setting['load'], connectionString: string): Promise<unknown> {
  const { PostgresStore } = load('@mastra/pg') as Postgres;
  const store = new PostgresStore({ id: 'bench', connectionString });
  await store.init();
  return store;
}

function gate(steps: Steps): unknown {
  return steps('gate', async ({ resumeData, suspend }) => (resumeData ? {} : await suspend({})));
}

/** The tasks level by level: `foreach` bounds how many run at once, and the next level waits for all of them. */
function asLevels(workflow: Workflow, steps: Steps, job: Job): Workflow {
  return levels(job.tasks).reduce(
    (made, level, n) =>
      made
        .map(async () => level)
        .foreach(
          steps(`level-${n}`, ({ inputData }) => doTask(job, inputData as Node)),
          { concurrency: job.max_workers },
        ),
    workflow,
  );
}

/** All tasks side by side, each of which waits for its turn by itself: `parallel` knows neither order nor bound. */
function asParallel(workflow: Workflow, steps: Steps, job: Job): Workflow {
  const schedule = new Schedule(job.tasks, job.max_workers);
  const work = (task: Node) =>
    steps(task.task_id, async ({ getStepResult }) => {
      // after a restart, steps with a result are not executed
      for (const id of task.depends_on) if (getStepResult(id)) schedule.isDone(id);
      return { done: await schedule.whenReady(task, () => doTask(job, task)) };
    });
  return workflow.parallel(job.tasks.map(work));
}

function expect({ status, error }: Result, wanted: string): void {
  if (status !== wanted) throw new Error(`a run of Mastra is ${status}`, { cause: error });
}
