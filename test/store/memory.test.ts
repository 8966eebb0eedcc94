import { expect, it } from 'vitest';
import { MAX_KEPT } from '../../store/access/tool-sessions.ts';
import { until } from '../setup/until.ts';
import { onBothDatabases } from './databases.ts';
import { eventsOf } from './samples.ts';

onBothDatabases((place, store) => {
  const project = { owner: 'ann', scope: 'project:site' };
  const all = { scopes: ['project:site', 'global'], open_only: false, limit: 100 };

  it('remembers a value under a key, the latest one, apart for every owner and scope', async () => {
    await store().putMemory(project, { key: 'style', value: 'tabs' });
    await store().putMemory(project, { key: 'style', value: 'spaces\0' });
    await store().putMemory({ ...project, scope: 'global' }, { key: 'style', value: 'none' });
    await store().putMemory({ ...project, owner: 'bob' }, { key: 'style', value: 'secret' });
    const { entries } = await store().readMemory({ owner: 'ann', ...all });
    expect(entries.map(({ scope, value }) => [scope, value]).sort()).toEqual([
      ['global', 'none'],
      ['project:site', 'spaces'],
    ]);
    expect((await store().readMemory({ owner: 'ann', ...all, scopes: [] })).entries).toEqual([]);
  });

  it('marks what is linked to a key as done, and leaves it out where only open entries are asked for', async () => {
    for (const key of ['a', 'b', 'c']) await store().putMemory(project, { key, value: key });
    const link = { from_key: 'a', to_key: 'task:1', relation: 'part_of' };
    await store().linkMemory(project, link);
    await store().linkMemory(project, link);
    await store().linkMemory(project, { from_key: 'task:1', to_key: 'b', relation: 'relates_to' });
    await store().linkMemory(
      { ...project, owner: 'bob' },
      { from_key: 'c', to_key: 'task:1', relation: 'x' },
    );
    expect(await store().finishMemory(project, 'task:1')).toEqual(['a', 'b']);
    expect(await store().finishMemory(project, 'task:1')).toEqual([]);
    const open = await store().readMemory({ owner: 'ann', ...all, scopes: [project.scope], open_only: true });
    expect(open.entries.map(({ key }) => key).sort()).toEqual(['c', 'style']);
    expect(open.links).toHaveLength(2);
    await store().putMemory(project, { key: 'a', value: 'again' });
    expect((await store().readMemory({ owner: 'ann', ...all, open_only: true })).entries[0]!.key).toBe('a');
  });

  it('survives whoever wrote it', async () => {
    const other = await place().open();
    const { entries } = await other.readMemory({ owner: 'bob', ...all });
    await other.close();
    expect(entries.map(({ value }) => value)).toEqual(['secret']);
  });

  it('keeps an operation once, for its owner, and lists them newest first in pages', async () => {
    const operation = (n: number) => ({
      operation_id: `op-${n}`,
      owner: 'ann',
      name: 'memory.put',
      message: `put ${n}\0`,
      answer: '{}',
      error: null,
      created_at: `2026-01-01T00:00:0${n >> 1}.000Z`,
      finished_at: '2026-01-01T00:01:00.000Z',
    });
    for (const n of [1, 2, 3, 4]) await store().keepOperation(operation(n));
    expect(await store().keepOperation({ ...operation(1), answer: 'other' })).toMatchObject({ answer: '{}' });
    expect(await store().readOperation('bob', 'op-1')).toBeNull();
    expect((await store().readOperation('ann', 'op-1'))?.message).toBe('put 1');
    const [first, second] = await store().listOperations({ owner: 'ann', limit: 2 });
    expect([first, second].map((one) => one?.operation_id)).toEqual(['op-4', 'op-3']);
    const before = { created_at: second!.created_at, job_id: second!.operation_id };
    const rest = await store().listOperations({ owner: 'ann', before, limit: 5 });
    expect(rest.map((one) => one.operation_id)).toEqual(['op-2', 'op-1']);
  });

  it('keeps sessions with their settings and jobs until they are dropped', async () => {
    const session = { session_id: 's1', owner: 'ann', settings: { project: 'site' } };
    await store().putToolSession(session);
    await store().addSessionJob('s1', 'j1');
    await store().addSessionJob('s1', 'j1');
    expect(await store().useToolSession('s1')).toEqual(session);
    expect(await store().sessionJobs('s1', 10)).toEqual(['j1']);
    await store().dropToolSession('s1');
    expect(await store().useToolSession('s1')).toBeNull();
    expect(await store().sessionJobs('s1', 10)).toEqual([]);
  });

  it('keeps so many sessions of an owner, and forgets the one that was used longest ago', async () => {
    const session = (session_id: string, owner = 'max') => ({ session_id, owner, settings: {} });
    await store().putToolSession(session('of-mia', 'mia'));
    await store().putToolSession(session('max-0'));
    // of two that were used in the same millisecond neither is the older one
    const first_at = Date.now();
    await until(() => Date.now() > first_at, { what: 'the next millisecond' });
    for (let n = 1; n <= MAX_KEPT; n += 1) await store().putToolSession(session(`max-${n}`));
    expect(await store().useToolSession('max-0')).toBeNull();
    expect(await store().useToolSession('max-1')).not.toBeNull();
    expect(await store().useToolSession(`max-${MAX_KEPT}`)).not.toBeNull();
    expect(await store().useToolSession('of-mia')).not.toBeNull();
  });

  it('gives the latest events of an owner in order', async () => {
    await store().appendEvents('feed', eventsOf('j-feed', 1, 5));
    await store().appendEvents('other', eventsOf('j-other', 1, 2));
    const end = await store().readFeedEnd({ owner: 'feed', limit: 3 });
    expect(end.map(({ event }) => event.seq)).toEqual([3, 4, 5]);
  });
});
