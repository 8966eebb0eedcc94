import type { LiveNote } from '../../contracts/event.ts';

/**
 * How long events are waited for that will come by themselves, before they are asked for: when the next workflow task of
 * the job is as good as there, and when there was one after another of late. Asking costs the worker most when it has
 * most to do, and may make it read the whole history anew.
 */
const SOON_MS = 200;
const BUSY_MS = 40;
/** So many rings within so many milliseconds say that a job is busy. */
const BUSY = { rings: 8, milliseconds: 250 };

/** Says when to look for events that were promised. */
export interface Lookout {
  /** there are new events, which have not come */
  rung(bell: Pick<Extract<LiveNote, { kind: 'doorbell' }>, 'soon'>): void;
  /** some came by themselves; `more`: others have not */
  heard(more: boolean): void;
  /** whether some came within so many milliseconds */
  hasHeard(milliseconds: number): boolean;
  end(): void;
}

/** @param look is called when it is time to ask */
export function createLookout(look: () => void): Lookout {
  const rings: number[] = [];
  let timer: NodeJS.Timeout | undefined;
  let due = Number.POSITIVE_INFINITY;
  let patience = 0;
  let heardAt = Number.NEGATIVE_INFINITY;

  const end = () => {
    clearTimeout(timer);
    due = Number.POSITIVE_INFINITY;
  };
  const begin = () => {
    const at = performance.now() + patience;
    // many rings must not put it off for ever
    if (at >= due) return;
    end();
    due = at;
    timer = setTimeout(() => {
      due = Number.POSITIVE_INFINITY;
      look();
    }, patience);
  };
  const isBusy = (now: number) => rings.length === BUSY.rings && now - rings[0]! < BUSY.milliseconds;

  return {
    rung({ soon = false }: { soon?: boolean }) {
      const now = performance.now();
      rings.push(now);
      if (rings.length > BUSY.rings) rings.shift();
      patience = soon ? SOON_MS : isBusy(now) ? BUSY_MS : 0;
      begin();
    },
    heard(more) {
      heardAt = performance.now();
      end();
      if (more) begin();
    },
    hasHeard: (milliseconds) => performance.now() - heardAt < milliseconds,
    end,
  };
}
