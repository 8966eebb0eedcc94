import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleWorkflowCode, type Logger } from '@temporalio/worker';
import { cacheFolder } from '../toolchain/cache.ts';

const WORKFLOWS = 'workflows/index.ts';
const INTERCEPTORS = ['argument-guard', 'reset', 'query-guard', 'spare-marks', 'publish'];

/** All that a bundle is made of: what workflows may import (docs/design.md), and the versions of the packages. */
const FOLDERS = ['workflows', 'core', 'contracts'];
const PACKAGES = 'package-lock.json';

/** Bundles that are kept: those that were used last. */
const KEPT = 20;

const ROOT = join(import.meta.dirname, '..');

/** What a bundle starts from: the workflows, and what takes part in all of them. */
export const workflowModules = (root = ROOT) => ({
  workflowsPath: join(root, WORKFLOWS),
  workflowInterceptorModules: INTERCEPTORS.map((name) => join(root, `workflows/${name}.ts`)),
});

/**
 * The workflows in one file. To bundle them takes seconds of a whole core, so that is done once for each content of
 * their sources, and kept in the per-user cache; where that can't be done, the code itself is given.
 * @param where.root the folder of the project
 */
export async function workflowBundle(
  logger: Logger,
  where: { root?: string; cache?: string } = {},
): Promise<{ codePath: string } | { code: string }> {
  const root = where.root ?? ROOT;
  const cache = where.cache ?? join(cacheFolder(), 'workflow-bundles');
  const hash = await hashOfSources(root).catch(() => undefined);
  const codePath = hash && join(cache, `${hash}.js`);
  if (codePath && (await isThere(codePath))) return { codePath };
  const { code } = await bundleWorkflowCode({ ...workflowModules(root), logger });
  if (!codePath) return { code };
  try {
    await keep(code, cache, codePath);
    return { codePath };
  } catch {
    return { code };
  }
}

/** The folder counts, too: stack traces have paths in it. */
async function hashOfSources(root: string): Promise<string> {
  const inFolders = await Promise.all(
    FOLDERS.map(async (folder) => {
      const names = await readdir(join(root, folder), { recursive: true });
      return names.filter((name) => name.endsWith('.ts')).map((name) => join(folder, name));
    }),
  );
  const hash = createHash('sha256').update(JSON.stringify([root, WORKFLOWS, INTERCEPTORS]));
  for (const path of [PACKAGES, ...inFolders.flat().sort()])
    hash.update(`\0${path}\0`).update(await readFile(join(root, path)));
  return hash.digest('hex').slice(0, 16);
}

/** Whether it is there; if so, it counts as used now. */
async function isThere(path: string): Promise<boolean> {
  const now = new Date();
  return await utimes(path, now, now).then(
    () => true,
    () => false,
  );
}

/** Whoever else reads or writes it meanwhile finds it whole. */
async function keep(code: string, cache: string, path: string): Promise<void> {
  await mkdir(cache, { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, code, { mode: 0o600 });
  await rename(draft, path);
  const used = await Promise.all(
    (await readdir(cache)).map(async (name) => {
      const found = await stat(join(cache, name)).catch(() => undefined);
      return { name, at: found?.mtimeMs ?? 0 };
    }),
  );
  used.sort((a, b) => b.at - a.at);
  for (const { name } of used.slice(KEPT)) await rm(join(cache, name), { force: true });
}
