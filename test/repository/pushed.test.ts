import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { importPushed, type PushedInput } from '../../activities/repository/commit/pushed.ts';
import { tempFolder, writeFiles } from './bare.ts';
import { run, signal, type TestJob, testJob } from './task-host.ts';

const TASK = 'refs/heads/orchestrator/j/tasks/t';

/** A person's clone of the repository. */
function personal(job: TestJob): string {
  const folder = join(tempFolder(), 'mine');
  run('/', 'clone', '-q', job.source.git_dir, folder);
  return folder;
}

function commitFile(folder: string, path: string, text: string): void {
  writeFiles(folder, { [path]: text });
  run(folder, 'add', '-A');
  run(folder, 'commit', '-q', '-m', `add ${path}`);
}

async function push(job: TestJob, folder: string, ...what: string[]) {
  const file = join(tempFolder(), 'bundle');
  run(folder, 'bundle', 'create', '-q', file, ...what);
  return await take(job, readFileSync(file));
}

async function take(job: TestJob, bytes: Buffer) {
  const { sha256 } = await job.deps.store.putContent({ job_id: 'j', source: bytes });
  const input: PushedInput = { at: job.at, task_id: 't', from_sha: job.at.base_sha, bundle_ref: sha256 };
  return await importPushed(job.deps, input, signal);
}

const refused = (message: string) =>
  expect.objectContaining({
    type: 'BundleRefused',
    nonRetryable: true,
    message: expect.stringContaining(message),
  });

test('a bundle becomes the work of its task, and a repetition gives the same', async () => {
  const job = await testJob();
  const folder = personal(job);
  commitFile(folder, '1.txt', '1\n');
  commitFile(folder, '2.txt', '2\n');
  const pushed = await push(job, folder, 'main', `^${job.at.base_sha}`);
  expect(pushed).toMatchObject({
    commits: 2,
    files: ['1.txt', '2.txt'],
    head_sha: run(folder, 'rev-parse', 'main'),
  });
  expect(job.mirror('rev-parse', TASK)).toBe(pushed.head_sha);
  expect(await push(job, folder, 'main', `^${job.at.base_sha}`)).toEqual(pushed);
  expect(await push(job, folder, 'main', 'HEAD')).toMatchObject({ head_sha: pushed.head_sha });
});

test('work that a bundle replaces stays reachable', async () => {
  const job = await testJob();
  const folder = personal(job);
  commitFile(folder, '1.txt', '1\n');
  const first = await push(job, folder, 'main');
  run(folder, 'reset', '-q', '--hard', job.at.base_sha);
  commitFile(folder, '2.txt', '2\n');
  await push(job, folder, 'main');
  expect(job.mirror('rev-parse', `${TASK}-rejected-1`)).toBe(first.head_sha);
});

test('a bundle of another history, with two heads, or of nothing that fits is refused in words', async () => {
  const job = await testJob();
  const folder = personal(job);
  commitFile(folder, '1.txt', '1\n');
  run(folder, 'branch', 'other', 'HEAD~1');
  await expect(push(job, folder, 'main', 'other')).rejects.toEqual(refused('should have one'));
  run(folder, 'checkout', '-q', '--orphan', 'alone');
  commitFile(folder, '3.txt', '3\n');
  await expect(push(job, folder, 'alone')).rejects.toEqual(refused('not on top of'));
  run(folder, 'checkout', '-q', 'main');
  commitFile(folder, '4.txt', '4\n');
  await expect(push(job, folder, 'main', '^main~1')).rejects.toEqual(
    refused('needs a commit that is not here'),
  );
  expect(job.mirror('for-each-ref', 'refs/heads/orchestrator/j/tasks')).toBe('');
});

test('bytes that are no bundle, and half of one, are refused', async () => {
  const job = await testJob();
  const folder = personal(job);
  commitFile(folder, '1.txt', 'x'.repeat(1000));
  const file = join(tempFolder(), 'bundle');
  run(folder, 'bundle', 'create', '-q', file, 'main');
  const whole = readFileSync(file);
  const broken = Buffer.from(whole);
  broken[whole.length - 30]! ^= 0xff;
  for (const bytes of [
    Buffer.alloc(0),
    Buffer.from('hello\n\n'),
    whole.subarray(0, -40),
    broken,
    Buffer.alloc(900_000, 'a'),
  ]) {
    await expect(take(job, bytes)).rejects.toEqual(refused(''));
  }
});

test('what is too large is refused before it is unpacked', async () => {
  const job = await testJob();
  const folder = personal(job);
  commitFile(folder, 'zeros.bin', '\0'.repeat(1_500_000));
  await expect(push(job, folder, 'main')).rejects.toEqual(
    refused('The commits have files larger than 1000000 bytes: "zeros.bin"'),
  );
  await expect(take(job, Buffer.alloc(1_000_001))).rejects.toEqual(refused('it has 1000001 bytes'));
});

test('objects that git refuses from strangers are refused', async () => {
  const job = await testJob();
  const folder = personal(job);
  const blob = run(folder, 'rev-parse', 'HEAD:a.txt');
  writeFiles(folder, { entry: `100644 blob ${blob}\t.git\n` });
  const tree = run(folder, '-c', 'alias.m=!git mktree < entry', 'm');
  run(folder, 'update-ref', 'refs/heads/evil', run(folder, 'commit-tree', tree, '-p', 'HEAD', '-m', 'evil'));
  await expect(push(job, folder, 'evil')).rejects.toEqual(refused(''));
});
