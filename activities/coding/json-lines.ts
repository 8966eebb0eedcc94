import { textTooDeep } from '../../core/text/json-depth.ts';
import { toText } from '../command/text.ts';

/** A line of output. */
export interface OutputLine {
  /** without its end */
  text: string;
  /** undefined: it is no JSON, or too long or deep to be read */
  value: unknown;
}

/** Longer lines are left out: a file that a tool read may stand in one, and no more. */
const LINE_BYTES = 16 * 1024 * 1024;
const NEWLINE = 0x0a;

/**
 * Cuts a stream of bytes into lines of JSON, with at most one of them in memory.
 * @param on_line called in turn; an empty line is none
 */
export function createJsonLines(on_line: (line: OutputLine) => void, limit = LINE_BYTES) {
  let parts: Buffer[] = [];
  let bytes = 0;

  const add = (part: Buffer) => {
    bytes += part.length;
    // of one that is too long its beginning is enough
    if (bytes <= limit) parts.push(part);
    else parts = [];
  };
  const pass = () => {
    const line = bytes > limit ? leftOut(bytes) : toLine(Buffer.concat(parts));
    parts = [];
    bytes = 0;
    if (line.text !== '') on_line(line);
  };
  return {
    push(chunk: Buffer): void {
      let rest = chunk;
      for (let at = rest.indexOf(NEWLINE); at >= 0; at = rest.indexOf(NEWLINE)) {
        add(rest.subarray(0, at));
        pass();
        rest = rest.subarray(at + 1);
      }
      // the chunk belongs to whoever reads
      if (rest.length > 0) add(Buffer.from(rest));
    },
    /** Passes on a last line without an end. */
    end: pass,
  };
}

const leftOut = (bytes: number): OutputLine => ({
  text: `[a line of ${bytes} bytes, left out]`,
  value: undefined,
});

function toLine(bytes: Buffer): OutputLine {
  const text = toText(bytes).trim();
  if (!text.startsWith('{') || textTooDeep(text)) return { text, value: undefined };
  try {
    return { text, value: JSON.parse(text) as unknown };
  } catch {
    return { text, value: undefined };
  }
}
