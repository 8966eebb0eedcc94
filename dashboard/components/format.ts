/** An amount in USD: cents from a dollar on, more places below. */
export function usd(amount: number): string {
  if (amount === 0) return '$0';
  return amount >= 1 ? `$${amount.toFixed(2)}` : `$${Number(amount.toPrecision(2))}`;
}

/** A time of so many seconds, in its two biggest units. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${Math.round(seconds * 10) / 10} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.round(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** A number of things: `1 task`, `2 tasks`. */
export const count = (number: number, thing: string): string =>
  `${number.toLocaleString('en')} ${thing}${number === 1 ? '' : 's'}`;

/** How long ago a time was, roughly. */
export function age(at: string, now: number): string {
  const seconds = Math.max(0, (now - Date.parse(at)) / 1000);
  if (seconds < 5) return 'now';
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** The same in words: `3 min ago`. */
export function ago(at: string, now: number): string {
  const told = age(at, now);
  return told === 'now' ? 'just now' : `${told} ago`;
}

/** The time of day, to the second. */
export const clock = (at: string): string => new Date(at).toLocaleTimeString(undefined, { hour12: false });

/** A word of the vocabulary as it is read: `awaiting_approval` is `awaiting approval`. */
export const words = (name: string): string => name.replaceAll('_', ' ');
