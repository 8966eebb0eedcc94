import { topologicalOrder } from '../../core/plan/graph.ts';
import { doTask, type Job, longestFirst } from './job.ts';
import { type Runner, type Setting, serve } from './runner.ts';
import { Schedule } from './schedule.ts';

// What is used of @langchain/langgraph; the package is not one of ours, so its types are not here.
interface Config {
  configurable: { thread_id: string };
  maxConcurrency: number;
  recursionLimit: number;
}
interface Runnable {
  invoke(input: unknown, config: Config): Promise<unknown>;
  getState(config: Config): Promise<{ next: string[] }>;
}
interface Builder {
  addNode(name: string, node: () => unknown): Builder;
  addEdge(from: string | string[], to: string): Builder;
  compile(options: { checkpointer: unknown }): Runnable;
}
interface LangGraph {
  START: string;
  END: string;
  Annotation: ((spec: unknown) => unknown) & { Root(spec: unknown): unknown };
  StateGraph: new (state: unknown) => Builder;
  Command: new (given: { resume: unknown }) => unknown;
  MemorySaver: new () => unknown;
  interrupt(value: unknown): unknown;
  entrypoint(options: { name: string; checkpointer: unknown }, work: () => Promise<unknown>): Runnable;
  task<R>(name: string, work: () => Promise<R>): () => Promise<R>;
}
interface Postgres {
  PostgresSaver: { fromConnString(url: string): { setup(): Promise<void> } };
}

await serve(async ({ load, variant, database_url }: Setting): Promise<Runner> => {
  const lib = load('@langchain/langgraph') as LangGraph;
  const checkpointer = database_url ? await postgresSaver(load, database_url) : new lib.MemorySaver();
  const toRunnable = variant === 'graph' ? asGraph : asFunctions;
  const runnables = new Map<string, Runnable>();
  const config = ({ id, tasks, max_workers }: Job): Config => ({
    configurable: { thread_id: id },
    maxConcurrency: max_workers,
    recursionLimit: tasks.length + 10,
  });
  const runnable = (job: Job): Runnable => {
    const made = runnables.get(job.id) ?? toRunnable(lib, checkpointer, job);
    runnables.set(job.id, made);
    return made;
  };
  return {
    async run(job) {
      await runnable(job).invoke({}, config(job));
    },
    async approve(job) {
      await runnable(job).invoke(new lib.Command({ resume: true }), config(job));
    },
    async resume(job) {
      const { next } = await runnable(job).getState(config(job));
      if (next.length === 0) return false;
      await runnable(job).invoke(null, config(job));
      return true;
    },
  };
});

async function postgresSaver(load: Setting['load'], url: string): Promise<unknown> {
  const { PostgresSaver } = load('@langchain/langgraph-checkpoint-postgres') as Postgres;
  const saver = PostgresSaver.fromConnString(url);
  await saver.setup();
  return saver;
}

/** A node a task, an edge a dependency. Nodes that are due together start in the order of their names. */
function asGraph(lib: LangGraph, checkpointer: unknown, job: Job): Runnable {
  const names = new Map(
    longestFirst(job.tasks).map(({ task_id }, rank) => [
      task_id,
      `${String(rank).padStart(3, '0')}-${task_id}`,
    ]),
  );
  const done = lib.Annotation({ reducer: (a: string[], b: string[]) => [...a, ...b], default: () => [] });
  const builder = new lib.StateGraph(lib.Annotation.Root({ done }));
  for (const task of job.tasks)
    builder.addNode(names.get(task.task_id)!, async () => ({ done: [await doTask(job, task)] }));
  let first = lib.START;
  if (job.gate) {
    builder.addNode('gate', () => {
      lib.interrupt('May it begin?');
      return {};
    });
    builder.addEdge(lib.START, 'gate');
    first = 'gate';
  }
  const ends = new Set(job.tasks.map(({ task_id }) => task_id));
  for (const { task_id, depends_on } of job.tasks) {
    const before = depends_on.map((id) => names.get(id)!);
    builder.addEdge(before.length === 0 ? first : before, names.get(task_id)!);
    for (const id of depends_on) ends.delete(id);
  }
  for (const id of ends) builder.addEdge(names.get(id)!, lib.END);
  return builder.compile({ checkpointer });
}

/** All tasks are called in one order, since a resumed run finds results by that; each then waits for its turn. */
function asFunctions(lib: LangGraph, checkpointer: unknown, job: Job): Runnable {
  return lib.entrypoint({ name: 'job', checkpointer }, async () => {
    if (job.gate) lib.interrupt('May it begin?');
    const schedule = new Schedule(job.tasks, job.max_workers);
    const byId = new Map(job.tasks.map((task) => [task.task_id, task]));
    const work = topologicalOrder(job.tasks).map(async (id) => {
      const task = byId.get(id)!;
      const result = await lib.task(id, () => schedule.whenReady(task, () => doTask(job, task)))();
      schedule.isDone(id);
      return result;
    });
    return await Promise.all(work);
  });
}
