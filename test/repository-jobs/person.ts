import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { JobChanges } from '../../contracts/repository/work.ts';
import * as messages from '../../workflows/messages.ts';
import type { TestJob } from '../setup/jobs.ts';
import type { TestWorker } from '../setup/worker.ts';
import { IDENTITY, type Source } from './source.ts';

/** A clone of a repository that somebody works in, elsewhere. */
export interface Person {
  git(...args: string[]): string;
  /** changes files and commits that; gives the commit */
  commit(files: Record<string, string>): string;
  /** fetches what is in a bundle; gives its head */
  fetch(bundle: Buffer): string;
  /** a bundle of what is checked out, without what `from` has */
  bundle(from: string): Buffer;
  remove(): void;
}

export function personWith({ path }: Pick<Source, 'path'>): Person {
  const folder = mkdtempSync(join(tmpdir(), 'orchestrator-person-'));
  const clone = join(folder, 'clone');
  const run = (cwd: string, args: string[]) =>
    execFileSync('git', args, { cwd, encoding: 'utf8', env: { ...process.env, ...IDENTITY } }).trim();
  run(folder, ['clone', '--quiet', path, clone]);
  const git = (...args: string[]) => run(clone, args);
  const write = (files: Record<string, string>) => {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(clone, name)), { recursive: true });
      writeFileSync(join(clone, name), text);
    }
  };
  return {
    git,
    commit(files) {
      write(files);
      git('add', '--all');
      git('commit', '--quiet', '--allow-empty', '--message', 'by hand');
      return git('rev-parse', 'HEAD');
    },
    fetch(bundle) {
      const file = join(folder, 'in.bundle');
      writeFileSync(file, bundle);
      const [sha, ref] = git('bundle', 'list-heads', file).split('\n')[0]!.split(' ') as [string, string];
      git('fetch', '--quiet', '--no-tags', file, ref);
      return sha;
    },
    bundle(from) {
      const file = join(folder, 'out.bundle');
      git('bundle', 'create', '--quiet', file, 'HEAD', `^${from}`);
      return readFileSync(file);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Stores a bundle for a task, as the API does. */
export async function pushTo(
  { store }: Pick<TestWorker, 'store'>,
  { job_id }: Pick<TestJob, 'job_id'>,
  task_id: string,
  bundle: Buffer,
): Promise<void> {
  const { sha256, size_bytes } = await store.putContent({ job_id, source: bundle });
  await store.putPushed({ job_id, task_id, sha256, size_bytes, actor: 'ada', attempt: 1 });
}

/** What the API hands out of a job's diffs and bundles. */
export const changesOf = async ({ handle }: Pick<TestJob, 'handle'>): Promise<JobChanges> =>
  (await handle.query(messages.changesQuery))!;
