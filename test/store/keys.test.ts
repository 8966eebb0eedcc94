import { expect, it } from 'vitest';
import { onBothDatabases } from './databases.ts';

onBothDatabases((place, store) => {
  it('finds a key by itself only, stores no key, and revokes it for good', async () => {
    expect(await store().anyKeys()).toBe(false);
    const { key, ...made } = await store().createKey({ owner: 'ann', name: 'laptop' });
    expect(key).toMatch(/^ork_[A-Za-z0-9_-]{43}$/);
    expect(made).toMatchObject({ owner: 'ann', name: 'laptop', role: 'operator', revoked_at: null });
    expect(await store().findKey(key)).toEqual(made);
    expect(await store().findKey(`${key}x`)).toBeNull();
    expect(await store().findKey('')).toBeNull();
    expect(await store().listKeys()).toEqual([made]);
    expect(JSON.stringify(await place().query('select * from api_keys'))).not.toContain(key);

    expect(await store().revokeKey(made.key_id)).toBe(true);
    expect(await store().revokeKey(made.key_id)).toBe(false);
    expect(await store().revokeKey('key-unknown')).toBe(false);
    expect(await store().findKey(key)).toBeNull();
    expect((await store().listKeys())[0]?.revoked_at).toBeTruthy();
    // Revoking the last key does not open the service.
    expect(await store().anyKeys()).toBe(true);
  });

  it('lets a callback token be used once', async () => {
    const callback = {
      job_id: 'j',
      task_id: 'ask',
      workflow_id: 'job-j/task-ask',
      attempt: 2,
      expires_at: '2030-01-01T00:00:00.000Z',
    };
    const token = await store().createCallback(callback);
    expect(await store().findCallback(token)).toEqual({ ...callback, used_at: null });
    expect(JSON.stringify(await place().query('select * from callbacks'))).not.toContain(token);
    const uses = await Promise.all([1, 2, 3, 4].map(() => store().markCallbackUsed(token)));
    expect(uses.filter(Boolean)).toHaveLength(1);
    expect((await store().findCallback(token))?.used_at).toBeTruthy();
    expect(await store().findCallback('unknown')).toBeNull();
    expect(await store().markCallbackUsed('unknown')).toBe(false);
  });
});
