import { expect, it } from 'vitest';
import { onBothDatabases } from './databases.ts';

const pushed = (job_id: string, sha256: string, size_bytes = 10) => ({
  job_id,
  task_id: 'build',
  sha256,
  size_bytes,
  actor: 'ann\0',
  attempt: 2,
});

onBothDatabases((_, store) => {
  it('knows what was put last for a task', async () => {
    expect(await store().latestPushed('pushed', 'build')).toBeNull();
    expect(await store().putPushed(pushed('pushed', 'a'.repeat(64)))).toBe(true);
    expect(await store().putPushed(pushed('pushed', 'b'.repeat(64), 3_000_000_000))).toBe(true);
    expect(await store().latestPushed('pushed', 'build')).toMatchObject({
      ...pushed('pushed', 'b'.repeat(64), 3_000_000_000),
      actor: 'ann',
      put_at: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect(await store().latestPushed('pushed', 'other')).toBeNull();
    expect(await store().latestPushed('other', 'build')).toBeNull();
  });

  it('forgets it with the job, and takes nothing for one that was deleted', async () => {
    await store().putPushed(pushed('erased', 'a'.repeat(64)));
    await store().putTombstone('erased', 'ann');
    await store().eraseJob('erased');
    expect(await store().latestPushed('erased', 'build')).toBeNull();
    expect(await store().putPushed(pushed('erased', 'b'.repeat(64)))).toBe(false);
    expect(await store().latestPushed('erased', 'build')).toBeNull();
  });
});
