import { execFile, execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { clonePath } from '../../activities/repository/clone/clone.ts';
import { prepareTask } from '../../activities/repository/clone/prepare.ts';
import { handIn } from '../../activities/repository/commit/hand-in.ts';
import { type RepositoryEngine, repositoryEngine } from '../../activities/repository/engine.ts';
import { landMerge } from '../../activities/repository/merge/land.ts';
import { mergeWork } from '../../activities/repository/merge/merge.ts';
import { openRepository } from '../../activities/repository/open.ts';
import { createSandbox } from '../../activities/sandbox/sandbox.ts';
import { createDataDir } from '../../config/data-dir.ts';
import { Config } from '../../contracts/config.ts';
import type { MergePart, RepositoryPoint } from '../../contracts/repository/work.ts';
import type { SandboxKind } from '../../contracts/sandbox.ts';
import { NO_MASK } from '../../core/text/mask.ts';
import { openStore } from '../../store/index.ts';
import { median } from '../statistics.ts';

export interface RepositoryScale {
  /** of the repository */
  files: number;
  /** tasks, one after the other and all at once */
  tasks: number;
  /** tasks whose work is merged one after the other */
  merges: number;
}

export const REPOSITORY: RepositoryScale = { files: 10_000, tasks: 20, merges: 50 };
export const QUICK_REPOSITORY: RepositoryScale = { files: 1000, tasks: 5, merges: 30 };

/** What a task costs in a repository, over what a person does with git for the same. Times in ms. */
export interface RepositoryFigures {
  scale: RepositoryScale;
  /** what git over the folders of tasks runs in */
  sandbox: SandboxKind;
  /** medians, one task after the other: a clone, a commit of one file, a merge */
  alone: Overhead;
  /** of a task, where all begin at once: clones and commits side by side, merges one after the other */
  at_once: Overhead;
  /** a merge, medians of the first ten of the queue and of the last ten */
  queue: { first: number; last: number };
}

export interface Overhead {
  by_hand: number;
  ours: number;
}

const signal = new AbortController().signal;

/** Measures the work with git alone, on this host and with its store: what Temporal adds to a task is measured elsewhere. */
export async function measureRepository(scale: RepositoryScale): Promise<RepositoryFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'orchestrator-bench-'));
  const data = createDataDir(join(folder, 'data'));
  const store = await openStore({ sqlite_file: data.orchestratorDb, artifacts_dir: data.artifacts });
  const config = Config.parse({ repositories: { roots: [folder] } });
  const sandbox = await createSandbox({ config, data_dir: data.root });
  try {
    const source = makeRepository(join(folder, 'source'), scale.files);
    const engine = repositoryEngine({
      environment: {},
      mirrors_dir: join(folder, 'mirrors'),
      work_dir: join(folder, 'work'),
      ...{ config, sandbox, store, mask: NO_MASK, publish: () => {} },
    });
    const alone = await measureAlone(folder, source, engine, scale.tasks);
    const at_once = await measureAtOnce(folder, source, engine, scale.tasks);
    const queue = await measureQueue(source, engine, scale.merges);
    return { scale, sandbox: sandbox.kind, alone, at_once, queue };
  } finally {
    await sandbox.close();
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureAlone(
  folder: string,
  source: string,
  engine: RepositoryEngine,
  tasks: number,
): Promise<Overhead> {
  const person = new Person(join(folder, 'alone'), source);
  const job = await OurJob.open(engine, source, 'alone');
  const by_hand: number[] = [];
  const ours: number[] = [];
  for (const task of names(tasks)) {
    by_hand.push(await timed(async () => person.merge(await person.work(task))));
    ours.push(await timed(async () => job.land(await job.work(task))));
  }
  return { by_hand: median(by_hand), ours: median(ours) };
}

async function measureAtOnce(
  folder: string,
  source: string,
  engine: RepositoryEngine,
  tasks: number,
): Promise<Overhead> {
  const person = new Person(join(folder, 'at-once'), source);
  const job = await OurJob.open(engine, source, 'at-once');
  const all = names(tasks);
  const by_hand = await timed(async () => {
    for (const work of await Promise.all(all.map((task) => person.work(task)))) await person.merge(work);
  });
  const ours = await timed(async () => {
    for (const part of await Promise.all(all.map((task) => job.work(task)))) await job.land(part);
  });
  return { by_hand: by_hand / tasks, ours: ours / tasks };
}

async function measureQueue(source: string, engine: RepositoryEngine, merges: number) {
  const job = await OurJob.open(engine, source, 'queue');
  const parts: MergePart[] = [];
  for (const task of names(merges)) parts.push(await job.work(task));
  const took: number[] = [];
  for (const part of parts) took.push(await timed(() => job.land(part)));
  return { first: median(took.slice(0, 10)), last: median(took.slice(-10)) };
}

/** A job in the repository, by the activities that its workflow would call. */
class OurJob {
  private readonly engine: RepositoryEngine;
  private at: RepositoryPoint;
  private readonly base_sha: string;

  private constructor(engine: RepositoryEngine, at: RepositoryPoint) {
    this.engine = engine;
    this.at = at;
    this.base_sha = at.base_sha;
  }

  static async open(engine: RepositoryEngine, location: string, job_id: string): Promise<OurJob> {
    const name = { job_id, owner: 'local', location, base_branch: null };
    const opened = await openRepository(
      engine,
      { ...name, commands: { setup: null, check: null, lock: null }, deliver: null, about: '' },
      signal,
    );
    const { base_branch, base_sha, base_bundle } = opened;
    const at = { base_branch, base_sha, base_bundle, head_sha: base_sha, head_bundle: null, fence: 0 };
    return new OurJob(engine, { ...name, ...at });
  }

  /** All tasks start from the base, as those do that begin at once. */
  async work(task_id: string): Promise<MergePart> {
    const of = { at: this.at, task_id, attempt: 1, from_sha: this.base_sha };
    await prepareTask(this.engine, { ...of, setup_command: null, fresh: false }, signal);
    change(clonePath(this.engine.work_dir, { job_id: this.at.job_id, task_id }), task_id);
    const said = { title: task_id, committed_at: new Date().toISOString(), agent: 'bench' };
    const { head_sha, bundle_ref } = await handIn(this.engine, { ...of, ...said, source: 'clone' }, signal);
    return { task_id, title: task_id, head_sha, bundle_ref };
  }

  async land(part: MergePart): Promise<void> {
    const { engine, at } = this;
    const input = { at, parts: [part], lock_command: null, merged_at: new Date().toISOString() };
    const { candidate_sha, merged } = await mergeWork(engine, input, signal);
    if (candidate_sha === null || merged.length !== 1) throw new Error(`${part.task_id} was not merged`);
    const fence = at.fence + 1;
    const { head_sha, head_bundle } = await landMerge(engine, { at, candidate_sha, fence }, signal);
    this.at = { ...at, head_sha, head_bundle, fence };
  }
}

/** The same by hand: a shared clone a task, and a work tree into which what was done is merged. */
class Person {
  private readonly folder: string;
  private readonly source: string;
  private readonly results: string;

  constructor(folder: string, source: string) {
    this.folder = folder;
    this.source = source;
    this.results = join(folder, 'results');
    mkdirSync(folder, { recursive: true });
    gitSync(folder, 'clone', '--quiet', '--shared', source, this.results);
  }

  /** Gives the folder of the clone. */
  async work(task: string): Promise<string> {
    const clone = join(this.folder, task);
    await git(this.folder, 'clone', '--quiet', '--shared', this.source, clone);
    change(clone, task);
    await git(clone, 'add', '--all');
    await git(clone, 'commit', '--quiet', '--message', task);
    return clone;
  }

  async merge(clone: string): Promise<void> {
    await git(this.results, 'fetch', '--quiet', clone, 'HEAD');
    await git(this.results, 'merge', '--quiet', '--no-ff', '--no-edit', 'FETCH_HEAD');
  }
}

const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `t${index + 1}`);

/** A file of the task's own, changed where it is. */
function change(folder: string, task: string): void {
  appendFileSync(
    join(folder, 'src', String(Number(task.slice(1)) % 100), `${task.slice(1)}.txt`),
    `${task}\n`,
  );
}

function makeRepository(path: string, files: number): string {
  for (let index = 0; index < files; index += 1) {
    const folder = join(path, 'src', String(index % 100));
    if (index < 100) mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${index}.txt`), `file ${index}\n`);
  }
  gitSync(path, 'init', '--quiet', '--initial-branch=main');
  gitSync(path, 'add', '--all');
  gitSync(path, 'commit', '--quiet', '--message', 'all files');
  return path;
}

const ENV = {
  PATH: process.env.PATH,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  ...{ GIT_AUTHOR_NAME: 'Ada', GIT_AUTHOR_EMAIL: 'ada@example.com' },
  ...{ GIT_COMMITTER_NAME: 'Ada', GIT_COMMITTER_EMAIL: 'ada@example.com' },
};

const git = (cwd: string, ...args: string[]) => promisify(execFile)('git', args, { cwd, env: ENV });
const gitSync = (cwd: string, ...args: string[]) => execFileSync('git', args, { cwd, env: ENV });

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}
