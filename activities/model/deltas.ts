import type { LiveNote } from '../../contracts/event.ts';
import type { PreparedCall } from '../../contracts/prepared-call.ts';
import type { Mask } from '../../core/text/mask.ts';

/** Pieces of text that come within this time become one note. */
const BATCH_MS = 100;

/** Publishes an answer as it comes, a few notes a second at most. */
export interface DeltaNotes {
  add(text: string): void;
  /** Publishes what is left. */
  end(): void;
}

/** Live notes of one call, without secrets, however an answer is cut into pieces. */
export function createDeltaNotes(
  call: PreparedCall,
  publish: (note: LiveNote) => void,
  mask: Mask,
): DeltaNotes {
  const stream = mask.stream();
  // a mask works on bytes, and may hold back a part of a character
  const decoder = new TextDecoder();
  let waiting = '';
  let half = '';
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (waiting === '') return;
    const { job_id, task_id, attempt } = call;
    const text = waiting;
    waiting = '';
    publish({ kind: 'delta', job_id, task_id, attempt: attempt ?? 1, text, at: new Date().toISOString() });
  };
  return {
    add(text) {
      const all = half + text;
      half = /[\ud800-\udbff]$/.exec(all)?.[0] ?? '';
      const whole = Buffer.from(half ? all.slice(0, -1) : all);
      waiting += decoder.decode(stream.push(whole), { stream: true });
      timer ??= setTimeout(flush, BATCH_MS);
    },
    end() {
      waiting += decoder.decode(stream.end());
      flush();
    },
  };
}
