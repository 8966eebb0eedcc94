import { Worker } from 'node:worker_threads';

/** A piece of work was given up: it took too long, or too much memory. */
export class ThreadStopped extends Error {
  override readonly name = 'ThreadStopped';
  readonly why: 'time' | 'memory';
  constructor(why: 'time' | 'memory') {
    super(why === 'time' ? 'it takes too long' : 'it takes too much memory');
    this.why = why;
  }
}

/**
 * Has a script work on a thread of its own, which can be stopped in the middle of a step that never ends. The script
 * reads `workerData` and posts one message, what this gives.
 * @throws ThreadStopped; the signal's reason; an error that the script threw
 */
export async function onThread<T>(
  script: URL,
  data: unknown,
  { seconds, memory_mb = 256, signal }: { seconds: number; memory_mb?: number; signal?: AbortSignal },
): Promise<T> {
  signal?.throwIfAborted();
  const worker = new Worker(script, {
    workerData: data,
    env: {},
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: memory_mb },
  });
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const timer = setTimeout(() => reject(new ThreadStopped('time')), seconds * 1000);
  const abort = () => reject(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  worker.once('message', resolve);
  worker.once('error', (error: NodeJS.ErrnoException) =>
    reject(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? new ThreadStopped('memory') : error),
  );
  worker.once('exit', () => reject(new ThreadStopped('memory')));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
    await worker.terminate();
  }
}
