import { describe, expect, it } from 'vitest';
import type { Ending, Running } from '../../runtime/running.ts';
import { supervise } from '../../runtime/supervise.ts';
import { until } from '../setup/until.ts';

/** A process that ends when told to. */
function endable(pid: number): Running & { end: (ending: Ending) => void } {
  const { promise, resolve } = Promise.withResolvers<Ending>();
  const stop = async () => resolve({ how: 'stopped' });
  return { pid, ended: promise, end: resolve, stop, kill: () => resolve({ how: 'killed' }) };
}

describe('supervision', () => {
  it('starts again what ended, waiting longer each time', async () => {
    const started: ReturnType<typeof endable>[] = [];
    const lines: string[] = [];
    const supervised = await supervise({
      name: 'it',
      start: () => {
        const next = endable(started.length + 1);
        started.push(next);
        return next;
      },
      say: (line) => lines.push(line),
    });
    started[0]!.end({ how: 'exit code 1', exitCode: 1 });
    await until(() => started.length === 2, { what: 'the second start' });
    expect(supervised.failures()).toEqual({ count: 1, last: { how: 'exit code 1', exitCode: 1 } });
    started[1]!.end({ how: 'SIGKILL' });
    await until(() => started.length === 3, { what: 'the third start' });
    expect(lines).toEqual([
      'it (pid 1) ended: exit code 1; starting it again in 0.2 s',
      'it (pid 2) ended: SIGKILL; starting it again in 0.4 s',
    ]);
    expect(supervised.pid()).toBe(3);
    await supervised.stop();
    expect(started).toHaveLength(3);
  });

  it('tries again when a start throws', async () => {
    const first = endable(1);
    const started = [first];
    let tries = 0;
    const supervised = await supervise({
      name: 'it',
      first,
      start: () => {
        if (++tries === 1) throw new Error('no memory');
        const next = endable(2);
        started.push(next);
        return next;
      },
      say: () => {},
    });
    first.end({ how: 'SIGKILL' });
    await until(() => started.length === 2, { what: 'the start after the one that threw' });
    expect(supervised.failures().last).toEqual({ how: 'no memory' });
    await supervised.stop();
  });

  it('does not start again what was stopped while it waited', async () => {
    const only = endable(1);
    let starts = 0;
    const lines: string[] = [];
    const supervised = await supervise({
      name: 'it',
      start: () => {
        starts++;
        return only;
      },
      say: (line) => lines.push(line),
    });
    only.end({ how: 'SIGKILL' });
    await until(() => lines.length === 1, { what: 'the end to be seen' });
    await supervised.stop();
    expect(starts).toBe(1);
  });
});
