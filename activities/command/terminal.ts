import { StringDecoder } from 'node:string_decoder';

/** What a line of a stream may hold before it is passed on in parts. */
const LINE_BYTES = 8192;

/** Turns what is written to a terminal into what stands there in the end, line by line. */
export interface TerminalLines {
  /** Takes the next bytes; gives whole lines, and what is too long to wait for its end. */
  push(chunk: Buffer): Buffer;
  /** Gives a last line without a newline. */
  end(): Buffer;
}

/**
 * Progress that rewrites its line (`\r`, backspace, "erase line") is kept once, as it stood in the end, instead of as often as
 * it was drawn. Other lines pass as they are, line ends too, and so does a stream from its first NUL on: that is no text. At
 * most one line is held, of a few kilobytes: what is longer is passed on before its end.
 */
export function createTerminalLines(): TerminalLines {
  let held: Buffer[] = [];
  let heldBytes = 0;
  /** of a line that is rewritten and longer than what is held */
  let screen: Screen | undefined;
  /** a line without rewriting, of which a part is passed on already */
  let passing = false;
  let binary = false;

  function line(end: Buffer): Buffer[] {
    const whole = Buffer.concat(held);
    held = [];
    heldBytes = 0;
    passing = false;
    const crlf = end.length > 0 && whole.at(-1) === RETURN;
    const text = crlf ? whole.subarray(0, -1) : whole;
    if (!screen && !rewrites(text)) return [whole, end];
    const drawn = screen ?? createScreen();
    drawn.write(text);
    screen = undefined;
    return [Buffer.from(drawn.text()), ...(crlf ? [whole.subarray(-1)] : []), end];
  }

  function hold(part: Buffer): Buffer[] {
    if (part.length === 0) return [];
    if (passing) return [part];
    held.push(Buffer.from(part));
    heldBytes += part.length;
    if (heldBytes <= LINE_BYTES) return [];
    const whole = Buffer.concat(held);
    // its last byte may be the one before a newline
    const taken = whole.at(-1) === RETURN ? whole.subarray(0, -1) : whole;
    held = taken.length === whole.length ? [] : [whole.subarray(-1)];
    heldBytes = whole.length - taken.length;
    if (!screen && !rewrites(taken)) {
      passing = held.length === 0;
      return [taken];
    }
    screen ??= createScreen();
    screen.write(taken);
    return [];
  }

  return {
    push(chunk) {
      if (binary) return chunk;
      if (chunk.includes(0)) {
        binary = true;
        const before = screen ? line(NOTHING) : held;
        held = [];
        return Buffer.concat([...before, chunk]);
      }
      const out: Buffer[] = [];
      let at = 0;
      const last = chunk.lastIndexOf(NEWLINE);
      // nothing to do but for the line that is held, and the one that is not at its end
      if (last >= 0 && !rewrites(chunk)) {
        const first = chunk.indexOf(NEWLINE);
        held.push(Buffer.from(chunk.subarray(0, first)));
        out.push(...line(chunk.subarray(first, last + 1)));
        at = last + 1;
      }
      for (let end = chunk.indexOf(NEWLINE, at); end >= 0; end = chunk.indexOf(NEWLINE, at)) {
        held.push(Buffer.from(chunk.subarray(at, end)));
        out.push(...line(chunk.subarray(end, end + 1)));
        at = end + 1;
      }
      out.push(...hold(chunk.subarray(at)));
      return Buffer.concat(out);
    },
    end: () => Buffer.concat(binary ? [] : line(NOTHING)),
  };
}

const NOTHING = Buffer.alloc(0);
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const BACKSPACE = 0x08;

const rewrites = (bytes: Buffer): boolean => bytes.includes(RETURN) || bytes.includes(BACKSPACE);

/** One line of a terminal. Every character is one column wide. */
interface Screen {
  write(bytes: Buffer): void;
  text(): string;
}

function createScreen(): Screen {
  const decoder = new StringDecoder('utf8');
  /** a column each, with the colors that were set before it */
  let cells: string[] = [];
  let column = 0;
  /** an escape sequence that is not complete yet */
  let pending = '';
  let style = '';

  function sequence(found: string): void {
    const erase = ERASE.exec(found);
    if (!erase) {
      if (style.length < LINE_BYTES) style += found;
    } else if (erase[1] === '1') cells.fill(' ', 0, column + 1);
    else if (erase[1] === '2') cells = Array<string>(column).fill(' ');
    else cells.length = Math.min(cells.length, column);
  }

  function put(character: string): void {
    if (column >= LINE_BYTES) return; // no terminal is that wide
    while (cells.length < column) cells.push(' ');
    cells[column] = style + character;
    style = '';
    column += 1;
  }

  return {
    write(bytes) {
      const parts = (pending + decoder.write(bytes)).match(PARTS) ?? [];
      pending = '';
      for (const [index, part] of parts.entries()) {
        if (part === '\r') column = 0;
        else if (part === '\b') column = Math.max(0, column - 1);
        else if (part.length > 1 && part.startsWith(ESCAPE)) sequence(part);
        else if (part === ESCAPE && parts.length - index < LONGEST_SEQUENCE) {
          pending = parts.slice(index).join('');
          break;
        } else put(part);
      }
    },
    text: () => (cells.join('') + pending + style + decoder.end()).trimEnd(),
  };
}

/** Characters of an escape sequence that may be cut by the end of a chunk. */
const LONGEST_SEQUENCE = 32;
const ESCAPE = '\u001b';
const PARTS = new RegExp(`${ESCAPE}\\[[0-?]*[ -/]*[@-~]|.`, 'gsu');
const ERASE = new RegExp(`^${ESCAPE}\\[([0-2]?)K$`);
