import { expect, test } from 'vitest';
import type { ActivityDeps } from '../../activities/deps.ts';
import { readDelegated } from '../../activities/job/delegated.ts';
import { changesTold, keptWork } from '../../activities/job/delegated-changes.ts';
import type { JobEvent } from '../../contracts/event.ts';
import type { BroughtIn } from '../../contracts/repository/delegated.ts';
import type { ArchivedJob } from '../../store/index.ts';

const job = (base: 'passed' | 'failed' = 'passed', merges: string[] = []) =>
  ({
    view: {
      ...{
        job_id: 'j.1',
        repository: { head_sha: 'h1', branch: 'orchestrator/j.1/result', check: { base } },
      },
      tasks: merges.map((merge, index) => ({ task_id: `t${index}`, repository: { merge } })),
    },
    changes: { diff: null },
  }) as unknown as ArchivedJob;
const storeOf = (events: object[] = [], texts: Record<string, string> = {}) => ({
  readEventsOfTypes: async () => events as JobEvent[],
  getContent: async (ref: string) => Buffer.from(texts[ref]!),
});
const told = async (brought: BroughtIn, ...of: Parameters<typeof job>) =>
  (await changesTold({ store: storeOf([], { hunks: 'the marked places' }) }, job(...of), brought)).join('\n');

test('an agent is told what became of the work of others, and where it is when it is not in its folder', async () => {
  const log = { lines: ['abc Write it'], count: 30 };
  expect(await told({ status: 'nothing' })).toBe(
    'Nothing that they did has landed: your folder is as it was.',
  );
  expect(await told({ status: 'brought', head_sha: 'h2', log })).toBe(
    'What they changed is in your folder, which is at the commit h2 now.\nThe 30 commits, merges left out:\n- abc Write it\n- and 29 before these',
  );
  expect(await told({ status: 'failed', message: 'a large file is there' })).toContain(
    'could not be brought into your folder: a large file is there; it is the commit h1 of the branch orchestrator/j.1/result',
  );
  const conflict = {
    status: 'conflict' as const,
    head_sha: 'h1',
    log,
    files: ['a', 'b'],
    hunks_ref: 'hunks',
  };
  expect(await told(conflict)).toMatch(/in a, b\.\nIt is the commit h1.*`git merge h1`.*the marked places$/s);
});

test('a check that failed on what the agent had is said first: nothing could land because of it', async () => {
  expect(await told({ status: 'nothing' }, 'failed')).toMatch(/^The check failed on what was in your folder/);
});

test('of tasks whose work has not landed the latest is named', async () => {
  const committed = (task_id: string, head_sha: string, files_changed = 1) => ({
    ...{ type: 'task.committed', task_id },
    data: { head_sha, files_changed },
  });
  const events = [
    committed('t0', 'c1'),
    committed('t0', 'c2'),
    committed('t0', 'c3', 0),
    committed('t1', 'c4'),
  ];
  const kept = await keptWork({ store: storeOf(events) }, job('passed', ['taken_back', 'landed']));
  expect([...kept]).toEqual([
    ['t0', 'what it did is kept as the commit c2; `orchestrator fetch j.1 --task t0` gets it'],
  ]);
});

test('of a job that was deleted meanwhile the agent is told that, and goes on', async () => {
  const store = { readArchived: async () => null, deletedAmong: async (ids: string[]) => new Set(ids) };
  const call = { job_id: 'j', task_id: 't', tool_use_id: 'u', delegated_job_id: 'j.1' };
  expect(await readDelegated({ store } as unknown as ActivityDeps, call)).toMatchObject({
    ...{ is_error: true, text: expect.stringContaining('It was deleted') },
  });
});
