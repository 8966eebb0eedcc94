/** Wakes one waiter. A ring while nobody waits is kept, so none is missed. */
export interface Bell {
  ring(): void;
  /** True when it rang, at once if it had rung before; false after `milliseconds`. */
  wait(milliseconds: number): Promise<boolean>;
}

/** A bell that has not rung yet. */
export function createBell(): Bell {
  let rung = false;
  let wake: (() => void) | undefined;
  return {
    ring() {
      rung = true;
      wake?.();
    },
    async wait(milliseconds) {
      if (!rung) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, milliseconds);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
        wake = undefined;
      }
      const heard = rung;
      rung = false;
      return heard;
    },
  };
}
