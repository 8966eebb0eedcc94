import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Job } from './job.ts';

/** A framework in its own process, as the benchmark drives it. */
export interface Runner {
  /** Carries the job out to its end, or until it waits at its gate. */
  run(job: Job): Promise<void>;
  /** Lets a job that waits at its gate go on, to its end. */
  approve(job: Job): Promise<void>;
  /** Goes on, to its end, with a job of a process that was killed; false where nothing of it was kept. */
  resume(job: Job): Promise<boolean>;
}

export type Call = { n: number; method: keyof Runner; job: Job };
export type Answer = { n: number; result?: unknown; error?: string };
export const READY = 'ready';

/** What the process is started with: a way to load the packages, which variant, and the database where there is one. */
export interface Setting {
  load: (name: string) => unknown;
  variant: string;
  database_url?: string;
}

/** Answers the calls of the process that started this one, and ends with it. */
export async function serve(start: (setting: Setting) => Promise<Runner>): Promise<void> {
  const [packages = '', variant = '', database_url] = process.argv.slice(2);
  process.on('disconnect', () => process.exit());
  const runner = await start({ load: createRequire(join(packages, 'index.js')), variant, database_url });
  process.on('message', async ({ n, method, job }: Call) => {
    const answer = await runner[method](job).then(
      (result): Answer => ({ n, result }),
      (error: unknown): Answer => ({ n, error: error instanceof Error ? error.stack : String(error) }),
    );
    process.send!(answer);
  });
  process.send!(READY);
}
