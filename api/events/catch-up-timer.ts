import type { LiveNote } from '../../contracts/event.ts';

/**
 * How long to wait for events that will come by themselves before asking for them: when the next workflow task of the
 * job is about to come, and when several have come in quick succession. Asking costs the worker most when it is busiest,
 * and may make it replay the whole history.
 */
const SOON_MS = 200;
const BUSY_MS = 40;
/** This many notifications within this many milliseconds mean that a job is busy. */
const BUSY = { notifications: 8, milliseconds: 250 };

/** Decides when to look for events that were announced. */
export interface CatchUpTimer {
  /** there are new events, which have not arrived */
  notified(bell: Pick<Extract<LiveNote, { kind: 'doorbell' }>, 'soon'>): void;
  /** some arrived by themselves; `more`: others have not */
  received(more: boolean): void;
  /** whether any arrived within the last so many milliseconds */
  hasReceived(milliseconds: number): boolean;
  end(): void;
}

/** @param catchUp is called when it is time to ask */
export function createCatchUpTimer(catchUp: () => void): CatchUpTimer {
  const notifications: number[] = [];
  let timer: NodeJS.Timeout | undefined;
  let due = Number.POSITIVE_INFINITY;
  let delay = 0;
  let receivedAt = Number.NEGATIVE_INFINITY;

  const end = () => {
    clearTimeout(timer);
    due = Number.POSITIVE_INFINITY;
  };
  const begin = () => {
    const at = performance.now() + delay;
    // many notifications must not put it off forever
    if (at >= due) return;
    end();
    due = at;
    timer = setTimeout(() => {
      due = Number.POSITIVE_INFINITY;
      catchUp();
    }, delay);
  };
  const isBusy = (now: number) =>
    notifications.length === BUSY.notifications && now - notifications[0]! < BUSY.milliseconds;

  return {
    notified({ soon = false }: { soon?: boolean }) {
      const now = performance.now();
      notifications.push(now);
      if (notifications.length > BUSY.notifications) notifications.shift();
      delay = soon ? SOON_MS : isBusy(now) ? BUSY_MS : 0;
      begin();
    },
    received(more) {
      receivedAt = performance.now();
      end();
      if (more) begin();
    },
    hasReceived: (milliseconds) => performance.now() - receivedAt < milliseconds,
    end,
  };
}
