import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream as NodeReadableStream } from 'node:stream/web';
import { dataOf } from '../../client/client.ts';
import type { Context } from '../context.ts';
import type { Checkout } from '../git.ts';

/** Which commits of a job: of a task, the latest or those with that head, or the base; else what has landed. */
export interface Wanted {
  task_id?: string;
  head_sha?: string;
  base?: boolean;
}

/** Gets commits of a job as a bundle, and into the repository that one stands in; no ref names them. Throws an ApiError, or a CliError. */
export async function unbundle(
  { api }: Context,
  checkout: Checkout,
  job_id: string,
  { base, ...of }: Wanted,
): Promise<void> {
  const query = { ...of, ...(base ? { base: 'true' as const } : {}) };
  const folder = await mkdtemp(join(tmpdir(), 'orchestrator-fetch-'));
  try {
    const body = await dataOf(
      api.GET('/orchestrate/{job_id}/bundle', {
        params: { path: { job_id }, query },
        parseAs: 'stream',
      }),
    );
    const file = join(folder, 'work.bundle');
    await pipeline(Readable.fromWeb(body as NodeReadableStream<Uint8Array>), createWriteStream(file));
    await checkout.git('bundle', 'unbundle', file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
