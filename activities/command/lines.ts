import { toText, wholeCharacters } from './text.ts';

/** Longer lines are passed on in pieces of this many bytes. */
export const LINE_LIMIT_BYTES = 8192;
/** So many lines may come at once; further ones at 1000 a second. */
export const LINE_BURST = 5000;
const LINES_PER_SECOND = 1000;

/** Cuts a stream of bytes into lines. */
export interface LineSplitter {
  push(chunk: Buffer): void;
  /** Passes on a last line without a newline. */
  end(): void;
}

/**
 * Passes a stream on line by line, without line ends. Lines are for people who watch: when there are more than can
 * be read, the surplus is left out and a line says how many bytes that were.
 * @param now seconds from any fixed moment
 */
export function createLineSplitter(
  on_line: (text: string) => void,
  now: () => number = () => performance.now() / 1000,
): LineSplitter {
  let pending: Buffer = Buffer.alloc(0);
  let allowance = LINE_BURST;
  let refilled_at = now();
  let left_out = 0;

  function refill(): void {
    const at = now();
    allowance = Math.min(LINE_BURST, allowance + (at - refilled_at) * LINES_PER_SECOND);
    refilled_at = at;
  }

  function tellLeftOut(): void {
    if (left_out > 0) on_line(`[${left_out} bytes left out here: too many lines at once]`);
    left_out = 0;
  }

  function pass(line: Buffer): void {
    tellLeftOut();
    allowance -= 1;
    on_line(toText(line));
  }

  return {
    push(chunk) {
      refill();
      let rest: Buffer = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
      while (allowance >= 1) {
        const cut = nextCut(rest);
        if (!cut) break;
        pass(cut.newline ? withoutReturn(rest.subarray(0, cut.length)) : rest.subarray(0, cut.length));
        rest = rest.subarray(cut.length + cut.newline);
      }
      const surplus = surplusLength(rest);
      left_out += surplus;
      pending = Buffer.from(rest.subarray(surplus));
    },
    end() {
      if (pending.length > 0) pass(pending);
      tellLeftOut();
      pending = Buffer.alloc(0);
    },
  };
}

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

function withoutReturn(line: Buffer): Buffer {
  return line.at(-1) === CARRIAGE_RETURN ? line.subarray(0, -1) : line;
}

/** The next line, or piece of a long one; undefined while it is incomplete. */
function nextCut(bytes: Buffer): { length: number; newline: 0 | 1 } | undefined {
  const newline = bytes.indexOf(NEWLINE);
  if (newline >= 0 && newline <= LINE_LIMIT_BYTES) return { length: newline, newline: 1 };
  if (bytes.length <= LINE_LIMIT_BYTES) return undefined;
  return { length: wholeCharacters(bytes, LINE_LIMIT_BYTES), newline: 0 };
}

/** What has to go when the allowance is used up: all whole lines, and all but the end of an overlong one. */
function surplusLength(bytes: Buffer): number {
  const lines = bytes.lastIndexOf(NEWLINE) + 1;
  return bytes.length - lines > LINE_LIMIT_BYTES ? bytes.length - LINE_LIMIT_BYTES : lines;
}
