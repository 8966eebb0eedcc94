import { constants } from 'node:fs';
import { access, lstat, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { dataDir } from '../../config/data-dir.ts';
import { loadConfig } from '../../config/load.ts';
import type { RepositoriesConfig } from '../../contracts/repository/config.ts';
import { isGitRecent, NEEDED_GIT } from '../../core/repository/git-version.ts';
import { run } from '../../toolchain/run.ts';
import type { Context } from '../context.ts';
import { bytes } from '../view/text.ts';
import { type Check, reason } from './check.ts';

/** What jobs that work in repositories need: git, the folders and tokens that are named, room for mirrors. */
export async function repositoryChecks({ globals }: Context): Promise<Check[]> {
  const { repositories } = loadConfig().config;
  const wanted = repositories.roots.length > 0 || Object.keys(repositories.hosts).length > 0;
  const checks = await Promise.all([
    gitCheck(wanted),
    ...repositories.roots.map(rootCheck),
    ...Object.entries(repositories.hosts).flatMap(([name, host]) => hostChecks(name, host)),
    ...(wanted ? [mirrorCheck(dataDir(globals.dataDir).mirrors, repositories)] : []),
  ]);
  return checks.flat();
}

async function gitCheck(wanted: boolean): Promise<Check> {
  const name = 'git';
  const state = wanted ? 'missing' : 'note';
  const why = wanted ? '' : '; only needed for jobs that work in repositories';
  const fix = `install git ${NEEDED_GIT} or later`;
  const { code, stdout } = await run('git', ['version'], { timeoutSeconds: 10 });
  if (code !== 0) return { name, state, detail: `not installed${why}`, fix };
  const detail = stdout.trim();
  if (isGitRecent(detail)) return { name, state: 'ok', detail };
  return { name, state, detail: `${detail}, which is too old${why}`, fix };
}

async function rootCheck(root: string): Promise<Check> {
  const name = 'Repositories';
  try {
    if (!(await stat(root)).isDirectory()) throw new Error('it is no folder');
    await access(root, constants.R_OK | constants.X_OK);
    return { name, state: 'ok', detail: `below ${root}` };
  } catch (error) {
    const fix = 'make the folder readable here, or take it out of repositories.roots in orchestrator.yaml';
    return { name, state: 'missing', detail: `${root} can't be read: ${reason(error)}`, fix };
  }
}

function hostChecks(
  host: string,
  { token_env, ssh_key_file, known_hosts_file }: RepositoriesConfig['hosts'][string],
): Promise<Check>[] {
  const name = `Repositories at ${host}`;
  const token = async (variable: string): Promise<Check> =>
    process.env[variable]?.trim()
      ? { name, state: 'ok', detail: `with the token in ${variable}` }
      : {
          name,
          state: 'missing',
          detail: `${variable} is not set`,
          fix: `set ${variable} in the environment of the worker; without it only public repositories can be read`,
        };
  const file = async (path: string): Promise<Check> => {
    try {
      await access(path, constants.R_OK);
      return { name, state: 'ok', detail: `with ${path}` };
    } catch (error) {
      const detail = `${path} can't be read: ${reason(error)}`;
      return {
        name,
        state: 'missing',
        detail,
        fix: `see repositories.hosts["${host}"] in orchestrator.yaml`,
      };
    }
  };
  return [
    ...(token_env === undefined ? [] : [token(token_env)]),
    ...[ssh_key_file, known_hosts_file].flatMap((path) => (path === undefined ? [] : [file(path)])),
  ];
}

async function mirrorCheck(folder: string, { mirror_limit_gb }: RepositoriesConfig): Promise<Check> {
  const name = 'Mirrors';
  const { size, more } = await sizeOf(folder);
  const detail = `${more ? 'more than ' : ''}${bytes(size)} of ${mirror_limit_gb} GB in ${folder}`;
  if (size <= mirror_limit_gb * 1e9) return { name, state: 'ok', detail };
  const fix = 'the longest unused go by themselves; raise repositories.mirror_limit_gb if jobs need them all';
  return { name, state: 'note', detail, fix };
}

/** So many files are counted: a doctor should not keep one waiting. */
const COUNTED_FILES = 100_000;

async function sizeOf(folder: string): Promise<{ size: number; more: boolean }> {
  let [size, files] = [0, 0];
  const open = [folder];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    // it may go while it is looked at, or never have been
    for (const entry of await readdir(next, { withFileTypes: true }).catch(() => [])) {
      const path = join(next, entry.name);
      if (entry.isDirectory()) open.push(path);
      else size += (await lstat(path).catch(() => ({ size: 0 }))).size;
      files += 1;
      if (files >= COUNTED_FILES) return { size, more: true };
    }
  }
  return { size, more: false };
}
