// Makes the repository of this example: `npx node examples/repository/make.ts FOLDER`
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

const FILES = join(import.meta.dirname, 'words');

/**
 * Makes a small TypeScript package with tests, and commits it to the branch `main`. It needs git, and no packages.
 * @throws where the folder is not empty
 */
export function makeRepository(folder: string): void {
  mkdirSync(folder, { recursive: true });
  if (readdirSync(folder).length > 0) throw new Error(`${folder} is not empty: name a new folder`);
  cpSync(FILES, folder, { recursive: true });
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=Words', '-c', 'user.email=words@localhost', ...args], {
      cwd: folder,
      env: { ...process.env, ...PLAIN },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  git('init', '--quiet', '--initial-branch=main');
  git('add', '--all');
  git('commit', '--quiet', '--message=What is in a text');
}

/** Signatures, hooks and templates of whoever calls are for their own repositories. */
const PLAIN = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', GIT_TEMPLATE_DIR: '' };

if (import.meta.main) {
  const folder = process.argv[2];
  if (folder === undefined) throw new Error('name the folder to make it in');
  makeRepository(resolve(folder));
  console.log(resolve(folder));
}
