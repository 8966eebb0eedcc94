import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { clonePath, prepareClone } from '../../activities/repository/clone/clone.ts';
import { prepareTask } from '../../activities/repository/clone/prepare.ts';
import { commitWork } from '../../activities/repository/commit/commit.ts';
import { writeFiles } from './bare.ts';
import { host } from './host.ts';
import { run, signal } from './task-host.ts';

const SETUP =
  'mkdir -p .venv/bin node_modules && echo p > .venv/bin/python && echo x > node_modules/x && echo made > "by setup.txt"';

async function task() {
  const { deps, at, mirror } = await host({ 'a.txt': 'a\n', '.gitignore': 'node_modules\n' });
  const input = { at, task_id: 't', attempt: 1, from_sha: at.base_sha, setup_command: SETUP, fresh: false };
  const said = { title: 'Change it', committed_at: '2026-01-02T03:04:05.678Z', agent: 'coder' };
  return {
    ...{ deps, input, mirror, folder: clonePath(deps.work_dir, { job_id: at.job_id, task_id: 't' }) },
    commit: () => commitWork(deps, { ...input, ...said, source: 'clone' }, signal),
  };
}

const LEFT_OUT =
  'left out, since the setup command made it and no .gitignore names it (better name it there): ".venv/", "by setup.txt"';

test('what the setup makes is in the folder of a task, and not in its work, ignored or not', async () => {
  const { deps, input, folder, commit } = await task();
  await prepareTask(deps, input, signal);
  expect(readFileSync(join(folder, 'by setup.txt'), 'utf8')).toBe('made\n');
  expect(run(folder, 'status', '--porcelain')).toBe('');
  writeFiles(folder, { 'a.txt': 'b\n', 'by setup.txt': 'changed\n', 'setup.txt': 'new\n' });
  const { files, warnings } = await commit();
  expect(files).toEqual(['a.txt', 'setup.txt']);
  expect(warnings).toEqual([LEFT_OUT]);
});

test('an agent that commits all there is does not commit it either', async () => {
  const { deps, input, folder, commit } = await task();
  await prepareTask(deps, input, signal);
  writeFiles(folder, { 'a.txt': 'b\n' });
  run(folder, 'add', '--all');
  run(folder, 'commit', '-m', 'mine');
  expect(await commit()).toMatchObject({ files: ['a.txt'], commits: 1, warnings: [LEFT_OUT] });
});

test('a host that died before the setup was done does it when it is asked again, once', async () => {
  const { deps, input, folder, commit } = await task();
  await prepareClone(deps, input, signal);
  expect(existsSync(join(folder, 'node_modules'))).toBe(false);
  await prepareTask(deps, input, signal);
  expect(existsSync(join(folder, 'node_modules/x'))).toBe(true);
  writeFiles(folder, { 'a.txt': 'b\n' });
  await prepareTask(deps, { ...input, attempt: 2 }, signal);
  expect(run(folder, 'status', '--porcelain')).toBe(' M a.txt');
  expect(await commit()).toMatchObject({ files: ['a.txt'], warnings: [LEFT_OUT] });
});

test('what an attempt left that was cut off is kept aside, and told, before another clone takes its place', async () => {
  const { deps, input, folder, mirror } = await task();
  expect(await prepareTask(deps, input, signal)).toEqual({ instructions_ref: null });
  writeFiles(folder, { 'a.txt': 'half\n' });
  const { left } = await prepareTask(deps, { ...input, attempt: 2, fresh: true }, signal);
  expect(left).toMatchObject({ files_changed: 1, bundle_ref: expect.any(String) });
  expect(mirror.git('show', `${left!.head_sha}:a.txt`)).toBe('half');
  expect(await prepareTask(deps, { ...input, attempt: 3, fresh: true }, signal)).toEqual({
    instructions_ref: null,
  });
});
