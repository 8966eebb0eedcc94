/** Bytes from `start` to before `end`. */
export interface Range {
  start: number;
  end: number;
}

/** Finds many byte strings at once. */
export interface Needles {
  /** Where they stand, in order; those that overlap are one range. */
  ranges(bytes: Buffer): Range[];
  /** How many bytes at the end may be the beginning of one. */
  heldBack(bytes: Buffer): number;
}

/**
 * A search for all needles in one pass, after Wu and Manber (1994): how far to go on is told by the last two bytes of a
 * window as long as the shortest needle. The time does not depend on how many needles there are.
 * @param needles at least one, each of at least two bytes
 */
export function findNeedles(needles: readonly Buffer[]): Needles {
  const window = Math.min(...needles.map(({ length }) => length));
  const longest = Math.max(...needles.map(({ length }) => length));
  const shifts = new Uint16Array(65_536).fill(Math.min(window - 1, 65_535));
  const endingIn = new Map<number, Buffer[]>();
  const beginningWith = new Map<number, Buffer[]>();
  for (const needle of needles) {
    for (let at = 1; at < window; at += 1) {
      const pair = pairAt(needle, at);
      shifts[pair] = Math.min(shifts[pair]!, window - 1 - at);
    }
    add(endingIn, pairAt(needle, window - 1), needle);
    add(beginningWith, needle[0]!, needle);
  }

  return {
    ranges(bytes) {
      const found: Range[] = [];
      for (let at = window - 1; at < bytes.length; ) {
        const pair = pairAt(bytes, at);
        const shift = shifts[pair]!;
        if (shift > 0) {
          at += shift;
          continue;
        }
        const start = at - window + 1;
        for (const needle of endingIn.get(pair)!) {
          if (startsAt(bytes, start, needle)) push(found, { start, end: start + needle.length });
        }
        at += 1;
      }
      return found;
    },
    heldBack(bytes) {
      for (let at = Math.max(0, bytes.length - longest + 1); at < bytes.length; at += 1) {
        const tail = bytes.length - at;
        for (const needle of beginningWith.get(bytes[at]!) ?? []) {
          if (needle.length > tail && bytes.compare(needle, 0, tail, at) === 0) return tail;
        }
      }
      return 0;
    },
  };
}

const pairAt = (bytes: Buffer, at: number): number => (bytes[at - 1]! << 8) | bytes[at]!;

function startsAt(bytes: Buffer, at: number, needle: Buffer): boolean {
  const end = at + needle.length;
  return end <= bytes.length && bytes.compare(needle, 0, needle.length, at, end) === 0;
}

// found in the order of their starts
function push(found: Range[], range: Range): void {
  const last = found.at(-1);
  if (last && range.start < last.end) last.end = Math.max(last.end, range.end);
  else found.push(range);
}

function add(map: Map<number, Buffer[]>, key: number, needle: Buffer): void {
  map.set(key, [...(map.get(key) ?? []), needle]);
}
