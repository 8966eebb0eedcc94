import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { onBothDatabases } from './databases.ts';
import { eventsOf } from './samples.ts';

onBothDatabases((place, store) => {
  it('gives back events in order, after a seq, in pages', async () => {
    const events = eventsOf('pages', 1, 25);
    await store().appendEvents('ann', events);
    expect(await store().readEvents('pages', 0, 10)).toEqual(events.slice(0, 10));
    expect(await store().readEvents('pages', 20, 10)).toEqual(events.slice(20));
    expect(await store().readEvents('pages', 25, 10)).toEqual([]);
    expect(await store().firstSeq('pages')).toBe(1);
    expect(await store().lastSeq('pages')).toBe(25);
    expect(await store().lastSeq('nobody')).toBeNull();
  });

  it('keeps what is there when a batch is written again, and adds what is new in it', async () => {
    await store().appendEvents('ann', eventsOf('again', 1, 3));
    const repeated = eventsOf('again', 1, 5).map((event) => ({ ...event, data: { message: 'repeated' } }));
    await store().appendEvents('ann', repeated);
    const messages = (await store().readEvents('again', 0, 100)).map((event) => event.data.message);
    expect(messages).toEqual(['step 1', 'step 2', 'step 3', 'repeated', 'repeated']);
  });

  it('writes batches of thousands', async () => {
    await store().appendEvents('ann', eventsOf('large', 1, 6000));
    expect(await store().lastSeq('large')).toBe(6000);
  });

  it('shows the feed to its owner, and all of it to null', async () => {
    const after_position = await store().lastPosition();
    await store().appendEvents('bob', eventsOf('of-bob', 1, 2));
    await store().appendEvents('eve', eventsOf('of-eve', 1, 1));
    const jobs = async (owner: string | null) =>
      (await store().readFeed({ owner, after_position, limit: 10 })).map((entry) => entry.event.job_id);
    expect(await jobs('bob')).toEqual(['of-bob', 'of-bob']);
    expect(await jobs('eve')).toEqual(['of-eve']);
    expect(await jobs(null)).toEqual(['of-bob', 'of-bob', 'of-eve']);
  });

  it('drops events of a deleted job', async () => {
    await store().putTombstone('dead', 'ann');
    await store().appendEvents('ann', [...eventsOf('dead', 1, 2), ...eventsOf('alive', 1, 1)]);
    expect(await store().lastSeq('dead')).toBeNull();
    expect(await store().lastSeq('alive')).toBe(1);
  });

  it('never shows a feed position below one already read, while many write', async () => {
    const others = await Promise.all([place().open(), place().open(), place().open()]);
    const start = await store().lastPosition();
    let writing = true;
    const writes = Promise.all(
      others.map(async (other, writer) => {
        for (let batch = 0; batch < 40; batch++) {
          await other.appendEvents('race', eventsOf(`race-${writer}`, batch * 3 + 1, batch * 3 + 3));
        }
      }),
    ).finally(() => {
      writing = false;
    });
    const seen: string[] = [];
    let after_position = start;
    for (let last = false; ; ) {
      await setImmediate(); // reading SQLite never gives way to timers, which the writers wait on
      const page = await store().readFeed({ owner: 'race', after_position, limit: 7 });
      seen.push(...page.map(({ event }) => `${event.job_id}/${event.seq}`));
      after_position = page.at(-1)?.position ?? after_position;
      if (page.length > 0) continue;
      if (last) break;
      last = !writing;
    }
    await writes;
    await Promise.all(others.map((other) => other.close()));
    expect(seen.length).toBe(360);
    expect(new Set(seen).size).toBe(360);
  });
});
