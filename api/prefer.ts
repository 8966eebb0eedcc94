/** Longest and usual wait for a plan, in seconds. */
const LONGEST_SECONDS = 180;
const USUAL_SECONDS = 30;

/** Seconds to wait by `Prefer: wait=N` (RFC 7240, section 4.3), 0 to 180; 30 without one that can be read. */
export function preferredWait(header: string | undefined): number {
  const wanted = /(?:^|[,;])\s*wait\s*=\s*"?(\d{1,9})"?\s*(?:$|[,;])/i.exec(header ?? '')?.[1];
  return wanted === undefined ? USUAL_SECONDS : Math.min(Number(wanted), LONGEST_SECONDS);
}
