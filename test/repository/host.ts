import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { RepositoryCommandDeps } from '../../activities/repository/check/run-command.ts';
import { mirrorFolder } from '../../activities/repository/mirror/mirror.ts';
import { reachPoint } from '../../activities/repository/mirror/point.ts';
import type { MergePart, RepositoryPoint } from '../../contracts/repository/work.ts';
import { createMask } from '../../core/text/mask.ts';
import { type Bare, bare, bareAt, type Change, memoryContents, tempFolder } from './bare.ts';
import { SANDBOX } from './sandbox.ts';

export const SECRET = 'a-secret-that-nobody-sees';

/** A host with the mirror of a repository, and a job that starts from its first commit. */
export interface Host {
  deps: RepositoryCommandDeps & { store: ReturnType<typeof memoryContents> };
  at: RepositoryPoint;
  /** the mirror on it */
  mirror: Bare;
  /** what commands printed */
  lines: string[];
  /** a task's work on top of the base, or of another commit */
  part(task_id: string, changes: Record<string, Change>, from?: string): MergePart;
}

export async function host(
  files: Record<string, Change>,
  { folder = tempFolder(), store = memoryContents() } = {},
): Promise<Host> {
  const source = bare(join(folder, 'source'));
  const base_sha = source.commit(null, files, 'the base');
  source.git('update-ref', 'refs/heads/main', base_sha);
  const lines: string[] = [];
  const at: RepositoryPoint = {
    job_id: 'job-1',
    owner: 'ann',
    location: source.git_dir,
    base_branch: 'main',
    base_sha,
    head_sha: base_sha,
    fence: 0,
    base_bundle: null,
    head_bundle: null,
  };
  const deps = hostDeps(folder, store, lines);
  await reachPoint(deps, at, new AbortController().signal);
  const mirror = bareAt(join(mirrorFolder(deps.mirrors_dir, at), 'git'));
  const part: Host['part'] = (task_id, changes, from = base_sha) => ({
    task_id,
    title: `Work of ${task_id}`,
    head_sha: mirror.commit(from, changes, task_id),
    bundle_ref: null,
  });
  return { deps, at, mirror, lines, part };
}

/** Of a host of its own, over a content store that hosts may share. */
export function hostDeps(folder: string, store: ReturnType<typeof memoryContents>, lines: string[] = []) {
  mkdirSync(folder, { recursive: true });
  return {
    mirrors_dir: join(folder, 'mirrors'),
    work_dir: join(folder, 'work'),
    store,
    limits: { artifact_bytes: 10 * 1024 ** 2 },
    remoteAccess: (url: string) => ({ args: [], env: {}, url }),
    mask: createMask([SECRET]),
    sandbox: SANDBOX,
    network: {},
    command_timeout_seconds: 60,
    checks_at_once: 2,
    on_line: ({ text }: { text: string }) => lines.push(text),
  };
}
