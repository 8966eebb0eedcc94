/** Off by less, a clock is taken for right: the service tells whole seconds only, and answers take a while. */
const TOLERATED_MS = 2000;

let offset = 0;

/** Takes the time of the service from an answer's `Date`. */
export function noteServerTime(date: string | null): void {
  const told = Date.parse(date ?? '');
  if (Number.isNaN(told)) return;
  const off = told + 500 - Date.now();
  offset = Math.abs(off) < TOLERATED_MS ? 0 : off;
}

/** The time by the clock of the service, in milliseconds: that of this browser may be wrong by hours. */
export const serverNow = (): number => Date.now() + offset;
