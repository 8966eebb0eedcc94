/** Wakes one waiter. A notification while nobody waits is kept, so none is missed. */
export interface Notifier {
  notify(): void;
  /** True when notified, at once if that was before the call; false after `milliseconds`. */
  wait(milliseconds: number): Promise<boolean>;
}

/** A notifier that has not been notified yet. */
export function createNotifier(): Notifier {
  let notified = false;
  let wake: (() => void) | undefined;
  return {
    notify() {
      notified = true;
      wake?.();
    },
    async wait(milliseconds) {
      if (!notified) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, milliseconds);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
        wake = undefined;
      }
      const wasNotified = notified;
      notified = false;
      return wasNotified;
    },
  };
}
