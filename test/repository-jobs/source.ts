import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { JobSpec } from '../../contracts/spec.ts';

/** A repository of a person, with a working tree on `main`, in a folder of its own. */
export interface Source {
  path: string;
  git(...args: string[]): string;
  /** commits these files beside those that are there */
  commit(files: Record<string, string>, message?: string): string;
  /** a file of a commit or branch; throws where it has none */
  show(ref: string, file: string): string;
  remove(): void;
}

export function makeSource(files: Record<string, string>, parent = tmpdir()): Source {
  const source = emptySource(parent);
  source.git('init', '--quiet', '--initial-branch=main');
  source.commit(files);
  return source;
}

/** A folder that is to become one. */
export function emptySource(parent = tmpdir()): Source {
  const path = realpathSync(mkdtempSync(join(parent, 'orchestrator-source-')));
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: path, encoding: 'utf8', env: { ...process.env, ...IDENTITY } }).trim();
  const commit = (added: Record<string, string>, message = 'files') => {
    for (const [name, text] of Object.entries(added)) {
      mkdirSync(dirname(join(path, name)), { recursive: true });
      writeFileSync(join(path, name), text);
    }
    git('add', '--all');
    git('commit', '--quiet', '--allow-empty', '--message', message);
    return git('rev-parse', 'HEAD');
  };
  return {
    path,
    git,
    commit,
    show: (ref, file) => git('show', `${ref}:${file}`),
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** Who commits in tests. */
export const IDENTITY = {
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.com',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.com',
};

/** The part of a spec that makes it a job in that repository. */
export const inSource = (
  { path }: Source,
  fields: Partial<NonNullable<JobSpec['repository']>> = {},
): Pick<JobSpec, 'repository'> => ({
  repository: {
    location: path,
    base_branch: null,
    commands: { setup: null, check: null, lock: null },
    avoid_conflicts: true,
    deliver: null,
    ...fields,
  },
});

/** The config under which jobs may work in repositories of these tests. */
export const ANY_SOURCE = { repositories: { roots: [realpathSync(tmpdir())] } };
