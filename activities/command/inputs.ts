import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Artifact, DependencyResult } from '../../contracts/artifact.ts';
import type { Store } from '../../store/index.ts';

/** So much of what a task depends on is laid into its folder. */
const MAX_BYTES = 1024 ** 3;

/** An artifact as a command is told of it. */
export interface LaidArtifact extends Artifact {
  /** absolute; null: it was not laid there, because it is too much or its name is not one of a file */
  path: string | null;
}

/**
 * Lays the artifacts of what a task depends on into a folder, as `<task_id>/<name>`. What was there is removed.
 * @returns them by the id of their task
 */
export async function layInputs(
  store: Pick<Store, 'openContent'>,
  dependencies: readonly DependencyResult[],
  folder: string,
): Promise<Map<string, LaidArtifact[]>> {
  const make = () => mkdir(folder, { recursive: true, mode: 0o700 });
  // what is there is of an earlier start
  if ((await make()) === undefined) {
    await rm(folder, { recursive: true, force: true });
    await make();
  }
  const laid = new Map<string, LaidArtifact[]>();
  let left = MAX_BYTES;
  for (const { task_id, artifacts } of dependencies) {
    const those: LaidArtifact[] = [];
    for (const artifact of artifacts) {
      const fits = artifact.size_bytes <= left;
      const path = fits ? await lay(store, artifact, join(folder, task_id)) : null;
      if (path !== null) left -= artifact.size_bytes;
      those.push({ ...artifact, path });
    }
    laid.set(task_id, those);
  }
  return laid;
}

async function lay(
  store: Pick<Store, 'openContent'>,
  { name, sha256 }: Artifact,
  folder: string,
): Promise<string | null> {
  const path = resolve(folder, name);
  if (!path.startsWith(folder + sep) || name.includes('\0')) return null;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await pipeline(await store.openContent(sha256), createWriteStream(path, { flags: 'wx', mode: 0o600 }));
    return path;
  } catch (error) {
    if (error instanceof Error && 'code' in error && NO_NAME.includes(String(error.code))) return null;
    throw error;
  }
}

/** What a file system says of names that it can't have, or that another artifact has already. */
const NO_NAME = ['ENAMETOOLONG', 'ENOTDIR', 'EISDIR', 'EEXIST', 'EINVAL', 'EILSEQ'];
