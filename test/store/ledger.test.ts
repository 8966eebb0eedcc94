import { expect, it } from 'vitest';
import type { CallResult } from '../../contracts/model-call.ts';
import { onBothDatabases } from './databases.ts';
import { callStart } from './samples.ts';

const usage = { input_tokens: 1000, output_tokens: 200, cache_read_tokens: 5, cache_write_tokens: 0 };
const answer: CallResult = {
  status: 'answered',
  answer: { purpose: 'synthesis', output: { preview: 'done', bytes: 4, text: 'done' }, artifacts: [] },
  usage,
  cost_usd: 0.006,
  worker: 'w1',
};

onBothDatabases((place, store) => {
  it('replays the stored answer of a settled call', async () => {
    const begun = await store().beginCall(callStart('replayed'));
    expect(begun).toMatchObject({ begun: true, answer: null, row: { status: 'reserved', cost_usd: 0 } });
    const settled = await store().settleCall('replayed', { usage, cost_usd: 0.006, answer });
    expect(settled?.row).toMatchObject({
      ...callStart('replayed'),
      status: 'settled',
      usage,
      cost_usd: 0.006,
    });
    const again = await store().beginCall(callStart('replayed'));
    expect(again).toEqual({ begun: false, ...settled });
    expect(again.answer).toEqual(answer);
  });

  it('begins a call once, however many begin it', async () => {
    const other = await place().open();
    for (let n = 0; n < 10; n++) {
      const stores = [store(), other, store(), other];
      const results = await Promise.all(stores.map((one) => one.beginCall(callStart(`raced-${n}`))));
      expect(results.filter((result) => result.begun)).toHaveLength(1);
    }
    await other.close();
  });

  it('never changes a call that has ended', async () => {
    await store().beginCall(callStart('ended'));
    await store().settleCall('ended', { usage, cost_usd: 0.006, answer });
    const stands = await store().getCall('ended');
    expect(await store().estimateCall('ended')).toEqual(stands);
    expect(await store().releaseCall('ended')).toEqual(stands);
    const other = { status: 'lost', cost_usd: 9 } as const;
    expect(await store().settleCall('ended', { usage, cost_usd: 9, answer: other })).toEqual(stands);
    expect(await store().getCall('ended')).toEqual(stands);
  });

  it('counts the whole reservation of a lost call, and does not begin it again', async () => {
    await store().beginCall(callStart('lost'));
    const again = await store().beginCall(callStart('lost'));
    expect(again).toMatchObject({ begun: false, row: { status: 'reserved' } });
    const estimated = await store().estimateCall('lost');
    expect(estimated?.row).toMatchObject({ status: 'estimated', cost_usd: 0.5 });
    expect(await store().beginCall(callStart('lost'))).toMatchObject({ begun: false });
    const late = await store().settleCall('lost', { usage, cost_usd: 0.006, answer });
    expect(late).toEqual(estimated);
  });

  it('begins a released call again, at its new reservation', async () => {
    await store().beginCall(callStart('parked'));
    expect((await store().releaseCall('parked'))?.row).toMatchObject({ status: 'released', cost_usd: 0 });
    const again = await store().beginCall(callStart('parked', { reserved_usd: 0.7 }));
    expect(again).toMatchObject({ begun: true, row: { status: 'reserved', reserved_usd: 0.7 } });
    expect(again.row.settled_at).toBeNull();
  });

  it('reads the calls of a job in their order', async () => {
    for (const id of ['order-1', 'order-2', 'order-3']) {
      await store().beginCall(
        callStart(id, { job_id: 'ordered', task_id: null, attempt: null, price: null }),
      );
    }
    const calls = (await store().readLedger('ordered')).map((row) => row.call_id);
    expect(calls).toEqual(['order-1', 'order-2', 'order-3']);
    expect(await store().getCall('no such call')).toBeNull();
    expect(await store().settleCall('no such call', { usage, cost_usd: 0, answer })).toBeNull();
  });
});
