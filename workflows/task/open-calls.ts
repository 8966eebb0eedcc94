import { condition } from '@temporalio/workflow';
import type { Ask, AskAnswer } from '../../contracts/ask.ts';
import type { Clock } from './clock.ts';
import type { JobPort } from './job-port.ts';
import type { TurnLease } from './turn-lease.ts';

/*
 * What holds while the calls of a turn are carried out:
 * 1. Slot, lease and clock are given back only while every call that is still open waits for others.
 * 2. Once one of them may go on, the slot is taken again before any does.
 * 3. A question is sent once: by itself while others work, and the last one along with the slot.
 * 4. All calls have ended when this ends, cancelled ones too: no work is left behind.
 */

/** The calls of a turn that are under way, and which of them wait for others. */
export interface OpenCalls {
  /** asks a person and waits for the decision; the agent has a slot again when this gives it */
  ask(ask: Ask): Promise<AskAnswer>;
  /** waits for something else that others do; the agent has a slot again then */
  waitFor(isThere: () => boolean): Promise<void>;
}

/**
 * Carries out calls at once. Slot, money and clock are given back while all that are still open wait for others, and
 * only then: a command that runs beside a question works on.
 */
export async function carryOutTogether<C, R>(
  { job, clock, lease }: { job: JobPort; clock: Clock; lease: TurnLease },
  calls: readonly C[],
  carryOut: (call: C, open: OpenCalls) => Promise<R>,
): Promise<R[]> {
  let open = calls.length;
  let waiting = 0;
  let unsent = 0;
  let phase: 'working' | 'resting' | 'waking' = 'working';

  const ask = async (given: Ask): Promise<AskAnswer> => {
    waiting += 1;
    unsent += 1;
    // the last one gives the slot back with its question, once the money is returned
    await condition(() => phase === 'resting' || waiting < open);
    unsent -= 1;
    const answer = await job.ask(given, phase === 'resting');
    waiting -= 1;
    await condition(() => phase === 'working');
    return answer;
  };

  const waitFor = async (isThere: () => boolean): Promise<void> => {
    waiting += 1;
    await condition(isThere);
    waiting -= 1;
    await condition(() => phase === 'working');
  };

  const rest = async (): Promise<void> => {
    for (;;) {
      await condition(() => open === 0 || waiting === open);
      if (open === 0) return;
      // it may take days, in which others can use it
      await lease.close();
      if (waiting < open) continue;
      await clock.pauseClock(async () => {
        phase = 'resting';
        if (unsent === 0) await job.rest();
        await condition(() => waiting < open);
        phase = 'waking';
        await job.takeSlot();
      });
      phase = 'working';
    }
  };

  const one = async (call: C): Promise<R> => {
    try {
      return await carryOut(call, { ask, waitFor });
    } finally {
      open -= 1;
    }
  };
  // a call that is cancelled ends when its work has ended, and none is left behind
  const [answers, rested] = await Promise.allSettled([Promise.allSettled(calls.map(one)), rest()]);
  if (rested.status === 'rejected') throw rested.reason;
  if (answers.status === 'rejected') throw answers.reason;
  return answers.value.map((answer) => {
    if (answer.status === 'rejected') throw answer.reason;
    return answer.value;
  });
}
