import { expect, it } from 'vitest';
import type { Outbox } from '../../store/index.ts';
import { onBothDatabases } from './databases.ts';
import { eventsOf } from './samples.ts';

const NOW = '2026-01-01T00:00:00.000Z';
const at = (seconds: number) => new Date(Date.parse(NOW) + seconds * 1000).toISOString();

/** What is to be sent of the events `from` to `to` of a job to an address of its own. */
function outboxOf(job_id: string, from: number, to: number): Outbox {
  const endpoint_id = `e-${job_id}`;
  return {
    endpoints: [{ endpoint_id, source: 'job', job_id, url: 'https://example.com', secret: null }],
    deliveries: eventsOf(job_id, from, to).map(({ seq, type }) => ({
      delivery_id: `d-${job_id}-${seq}`,
      ...{ endpoint_id, job_id, seq, type },
    })),
    now: NOW,
    give_up_at: at(1000),
  };
}

onBothDatabases((_, store) => {
  const put = async (job_id: string, from: number, to: number) =>
    await store().appendEvents('ann', eventsOf(job_id, from, to), outboxOf(job_id, from, to));
  const statuses = async (job_id: string) =>
    (await store().listDeliveries(job_id, { limit: 100 })).map(({ delivery }) => delivery.status);
  const failed = (now: string, next_attempt_at: string | null) => ({
    ...{ status_code: 500, error: 'It answered 500.', now, next_attempt_at },
    ...{ held_until: at(2), failures: 1 },
  });

  it('has what is to be sent once, in the order of the events, however often they are written', async () => {
    await put('order', 1, 3);
    await put('order', 1, 5);
    const rows = await store().listDeliveries('order', { limit: 100 });
    expect(rows.map(({ delivery }) => delivery.seq)).toEqual([1, 2, 3, 4, 5]);
    expect(rows[0]!.delivery).toMatchObject({ status: 'pending', attempts: 0, next_attempt_at: NOW });
    const pages = [];
    for (let after: (typeof rows)[number]['cursor'] | undefined; ; ) {
      const page = await store().listDeliveries('order', { after, limit: 2 });
      if (page.length === 0) break;
      pages.push(page.map(({ delivery }) => delivery.seq));
      after = page.at(-1)!.cursor;
    }
    expect(pages).toEqual([[1, 2], [3, 4], [5]]);
    expect(await store().listDeliveries('order', { status: 'dead', limit: 9 })).toEqual([]);
    expect(await store().nextTry('e-order')).toBe(NOW);
  });

  it('lets others pass one that failed, and gives up with it what is past its time', async () => {
    await put('passed', 1, 3);
    const first = (await store().dueDelivery('e-passed', NOW))!;
    expect(first.seq).toBe(1);
    await store().settleFailed(first, failed(NOW, at(5)));
    expect((await store().dueDelivery('e-passed', at(3)))!.seq).toBe(2);
    expect(await store().nextTry('e-passed')).toBe(at(2));
    expect(await store().overdueEndpoints(at(1))).not.toContain('e-passed');
    expect(await store().overdueEndpoints(at(2))).toContain('e-passed');
    await store().settleFailed((await store().dueDelivery('e-passed', at(2000)))!, failed(at(2000), null));
    expect(await statuses('passed')).toEqual(['dead', 'dead', 'dead']);
    expect(await store().nextTry('e-passed')).toBeNull();
  });

  it('has all that waits due in order when an address is back', async () => {
    await put('back', 1, 3);
    const [one] = [(await store().dueDelivery('e-back', NOW))!];
    await store().settleFailed(one, failed(NOW, at(500)));
    const two = (await store().dueDelivery('e-back', at(10)))!;
    await store().settleDelivered(two, { status_code: 204, now: at(10), wasAway: true });
    expect((await store().dueDelivery('e-back', at(10)))!.seq).toBe(1);
    expect(await store().readEndpoint('e-back')).toMatchObject({ failures: 0, held_until: null });
  });

  it('sends nothing to an address that is gone, until it takes something that was sent anew', async () => {
    await put('gone', 1, 2);
    const first = (await store().dueDelivery('e-gone', NOW))!;
    const { delivery_id } = first;
    await store().settleGone('e-gone', {
      error: 'It answered 410.',
      now: NOW,
      delivery_id,
      status_code: 410,
    });
    await put('gone', 3, 3);
    expect(await statuses('gone')).toEqual(['gone', 'gone', 'gone']);
    const again = { job_id: 'gone', delivery_id, now: at(50), give_up_at: at(900) };
    expect(await store().resendDelivery({ ...again, job_id: 'other' })).toBeNull();
    expect(await store().resendDelivery(again)).toMatchObject({
      endpoint_id: 'e-gone',
      delivery: { delivery_id, status: 'pending', attempts: 0, url: 'https://example.com' },
    });
    const due = (await store().dueDelivery('e-gone', at(50)))!;
    await store().settleDelivered(due, { status_code: 200, now: at(51), wasAway: false });
    await put('gone', 4, 4);
    expect(await statuses('gone')).toEqual(['delivered', 'gone', 'gone', 'pending']);
  });

  it('forgets what was to be sent of a deleted job', async () => {
    await put('erased', 1, 2);
    await store().putTombstone('erased', 'ann');
    await put('erased', 3, 3);
    await store().eraseJob('erased');
    expect(await statuses('erased')).toEqual([]);
    expect(await store().readEndpoint('e-erased')).toBeNull();
  });

  it('makes one secret for each owner, whoever asks first', async () => {
    const ask = async (owner: string) => (await store().webhookSecrets(owner)).secret;
    const secrets = await Promise.all([ask('ann'), ask('ann'), ask('bob')]);
    expect(secrets[0]).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(new Set(secrets).size).toBe(2);
    expect(await ask('ann')).toBe(secrets[0]);
  });

  it('replaces a secret, and keeps those before it for a time', async () => {
    const rotate = (overlap_seconds: number) => store().rotateWebhookSecret('cid', { overlap_seconds });
    const first = (await store().webhookSecrets('cid')).secret;
    // two at once are one after another
    const [one, other] = await Promise.all([rotate(1000), rotate(1000)]);
    const now = await store().webhookSecrets('cid');
    const made = [one.secret, other.secret];
    expect(new Set([first, ...made]).size).toBe(3);
    expect(made).toContain(now.secret);
    expect(now.older.map(({ secret }) => secret).sort()).toEqual(
      [first, ...made.filter((secret) => secret !== now.secret)].sort(),
    );
    // a shorter time holds for all of them
    const third = await rotate(500);
    expect(third.older).toHaveLength(3);
    expect(new Set(third.older.map(({ valid_until }) => valid_until)).size).toBe(1);
    await rotate(500);
    await expect(rotate(500)).rejects.toThrow(/5 secrets sign at once already/);
    const last = await rotate(0);
    expect(last.older).toEqual([]);
    expect((await store().webhookSecrets('cid')).secret).toBe(last.secret);
    expect((await store().webhookSecrets('ann')).older).toEqual([]);
  });
});
