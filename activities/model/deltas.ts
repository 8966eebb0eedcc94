import type { PreparedCall } from '../../contracts/attempt.ts';
import type { LiveNote } from '../../contracts/event.ts';

/** Pieces of text that come within this time become one note. */
const BATCH_MS = 100;

/** Publishes an answer as it comes, a few notes a second at most. */
export interface DeltaNotes {
  add(text: string): void;
  /** Publishes what is left. */
  end(): void;
}

/** Live notes of one call. */
export function createDeltaNotes(call: PreparedCall, publish: (note: LiveNote) => void): DeltaNotes {
  let waiting = '';
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
      waiting += text;
      timer ??= setTimeout(flush, BATCH_MS);
    },
    end: flush,
  };
}
