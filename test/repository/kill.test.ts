import { execFileSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { clonePath } from '../../activities/repository/clone/clone.ts';
import { writeFiles } from './bare.ts';
import { dyingAfter } from './dying-git.ts';
import { run, type TestJob, testJob } from './task-host.ts';

const TASK = 'refs/heads/orchestrator/j/tasks/t';

/** What an agent leaves: a commit of its own, a change, a file. */
function work(folder: string): void {
  writeFiles(folder, { 'own.txt': 'o\n' });
  run(folder, 'add', 'own.txt');
  execFileSync('git', ['commit', '-q', '-m', 'mine'], {
    cwd: folder,
    env: { ...DATED, PATH: process.env.PATH },
  });
  appendFileSync(join(folder, 'a.txt'), 'more\n');
  writeFiles(folder, { 'new/file.txt': 'n\n' });
}

const DATED = Object.fromEntries(
  ['AUTHOR', 'COMMITTER'].flatMap((who) => [
    [`GIT_${who}_NAME`, 'Agent'],
    [`GIT_${who}_EMAIL`, 'agent@example.com'],
    [`GIT_${who}_DATE`, '@1700000000 +0000'],
  ]),
);

/** `ORCHESTRATOR_CHAOS=long` lets it die before every call of git. */
const isLong = process.env.ORCHESTRATOR_CHAOS === 'long';

test('a host that dies between any two calls of git goes on to the same commit', async () => {
  const heads = new Set<string>();
  const step = async (job: TestJob, name: 'prepare' | 'commit', count: number) =>
    await dyingAfter(count, async () => await (name === 'prepare' ? job.prepare('t') : job.commit('t')));
  for (const [name, limit] of [
    ['prepare', 30],
    ['commit', 60],
  ] as const) {
    for (let count = 0, ended = false; !ended; count += isLong ? 1 : 4) {
      expect(count, `${name} has few calls`).toBeLessThan(limit);
      const job = await testJob();
      if (name === 'commit') work(await job.prepare('t'));
      const { calls, result } = await step(job, name, count);
      ended = calls <= count;
      expect(Boolean(result)).toBe(ended);
      const folder = await job.prepare('t');
      expect(folder).toBe(clonePath(job.deps.work_dir, { job_id: 'j', task_id: 't' }));
      if (name === 'prepare') work(folder);
      const committed = await job.commit('t');
      expect(committed).toMatchObject({ commits: 2, warnings: [] });
      heads.add(committed.head_sha);
      expect(job.mirror('for-each-ref', '--format=%(refname)', 'refs/heads/orchestrator/j/tasks')).toBe(TASK);
      expect(job.mirror('fsck', '--full', '--connectivity-only')).not.toContain('missing');
    }
  }
  expect(heads.size).toBe(1);
});
