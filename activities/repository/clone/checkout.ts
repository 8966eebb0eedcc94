import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { removeTree } from '../files/remove-tree.ts';
import { overTree } from '../git/over-tree.ts';
import type { RepositoryHostDeps } from '../host.ts';
import { makeGitDir } from '../mirror/bare.ts';

export interface CheckoutInput {
  /** the mirror, whose objects it reads */
  git_dir: string;
  /** absolute; what was there is removed */
  folder: string;
  /** commit that HEAD names */
  sha: string;
  /** a tree in the place of the commit's */
  tree?: string;
}

const CHECKOUT_SECONDS = 1800;

/** Makes a repository of its own at a commit, for a command to work in: without a branch, and without a remote. */
export async function makeCheckout(
  { sandbox }: Pick<RepositoryHostDeps, 'sandbox'>,
  { git_dir, folder, sha, tree = sha }: CheckoutInput,
  signal: AbortSignal,
): Promise<void> {
  if (existsSync(folder)) await removeTree(folder);
  await mkdir(folder, { recursive: true });
  const own = join(folder, '.git');
  const objects = join(git_dir, 'objects');
  makeGitDir(own, { alternates: [objects], config: CONFIG, head: sha });
  const box = { sandbox, writable: [folder], readable: [objects] };
  await overTree({ git_dir: own, folder, index: join(own, 'index'), box })(
    [['read-tree', '--reset', '-u', tree]],
    { signal, timeout_seconds: CHECKOUT_SECONDS },
  );
}

const CONFIG = '[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n[gc]\n\tauto = 0\n';
