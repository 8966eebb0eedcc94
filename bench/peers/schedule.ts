import { type Node, pathToEnd } from '../../core/plan/graph.ts';

/**
 * List scheduling in a program of one's own, for frameworks that take promises: a task waits for those it depends on, then
 * for one of `slots` slots, which goes to the longest path to the end first.
 */
export class Schedule {
  readonly #length: Map<string, number>;
  readonly #ended = new Map<string, PromiseWithResolvers<void>>();
  #free: number;
  #waiting: { length: number; go: () => void }[] = [];

  constructor(tasks: readonly Node[], slots: number) {
    this.#length = pathToEnd(tasks);
    this.#free = slots;
    for (const { task_id } of tasks) this.#ended.set(task_id, Promise.withResolvers());
  }

  /** For a task whose result is there from before. */
  isDone(task_id: string): void {
    this.#ended.get(task_id)!.resolve();
  }

  /** Does the task once its turn has come. */
  async whenReady<R>(task: Node, work: () => Promise<R>): Promise<R> {
    await Promise.all(task.depends_on.map((id) => this.#ended.get(id)!.promise));
    await this.#slot(this.#length.get(task.task_id)!);
    try {
      return await work();
    } finally {
      this.isDone(task.task_id);
      this.#giveBack();
    }
  }

  /** Slots are given away after all that became ready at the same moment is in line. */
  #slot(length: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ length, go: resolve });
    setImmediate(() => this.#giveAway());
    return promise;
  }

  #giveBack(): void {
    this.#free += 1;
    setImmediate(() => this.#giveAway());
  }

  #giveAway(): void {
    this.#waiting.sort((a, b) => b.length - a.length);
    while (this.#free > 0 && this.#waiting.length > 0) {
      this.#free -= 1;
      this.#waiting.shift()!.go();
    }
  }
}
