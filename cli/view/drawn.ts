/** Colours and weights: the one kind of escape sequence that moves and changes nothing. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const COLOUR = /\u001b\[[\d;]*m/y;
/** Erases from the cursor to the end of the line (0 or nothing), to its beginning (1), or all of it (2). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const ERASE = /\u001b\[([012]?)K/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const ANYTHING_SPECIAL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;
const RESET = '\u001b[0m';

/**
 * One line of a command's output as a terminal would show it in the end: what `\r` and backspaces went back over is
 * overwritten, erased parts are gone, and nothing in it moves the cursor or changes the terminal. Takes time in
 * proportion to its length.
 * @param colours whether those stay
 */
export function drawn(line: string, colours = false): string {
  if (!ANYTHING_SPECIAL.test(line)) return line;
  const cells: { text: string; style: string }[] = [];
  let at = 0;
  let style = '';
  for (let index = 0; index < line.length; ) {
    const char = String.fromCodePoint(line.codePointAt(index)!);
    if (char === '\u001b') {
      const colour = matchAt(COLOUR, line, index);
      const erase = matchAt(ERASE, line, index);
      if (colour) style = /\[0?m$/.test(colour[0]) ? '' : style + colour[0];
      if (erase) eraseLine(cells, at, erase[1]!);
      index += (colour ?? erase)?.[0].length ?? lengthOfEscape(line, index);
      continue;
    }
    if (char === '\r') at = 0;
    else if (char === '\b') at = Math.max(0, at - 1);
    else if (char === '\t' || !ANYTHING_SPECIAL.test(char)) {
      while (cells.length < at) cells.push({ text: ' ', style: '' });
      cells[at++] = { text: char, style };
    }
    index += char.length;
  }
  return colours ? withColours(cells) : cells.map(({ text }) => text).join('');
}

function eraseLine(cells: { text: string; style: string }[], at: number, how: string): void {
  if (how === '1') cells.fill({ text: ' ', style: '' }, 0, Math.min(at + 1, cells.length));
  else cells.length = Math.min(cells.length, how === '2' ? 0 : at);
}

function withColours(cells: readonly { text: string; style: string }[]): string {
  let text = '';
  let style = '';
  for (const cell of cells) {
    if (cell.style !== style) text += (style === '' ? '' : RESET) + cell.style;
    style = cell.style;
    text += cell.text;
  }
  return style === '' ? text : text + RESET;
}

/** So much of a line may belong to one escape sequence; a title of a window, for instance. */
const LONGEST_ESCAPE = 1000;

/** How long an escape sequence is that is taken out as a whole; of one that nobody knows only its beginning. */
function lengthOfEscape(line: string, index: number): number {
  const rest = line.slice(index, index + LONGEST_ESCAPE);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: as above
  const command = /^\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)/.exec(rest)?.[0]; // of the operating system
  // biome-ignore lint/suspicious/noControlCharactersInRegex: as above
  const control = /^\u001b\[[\d;:<=>?]*[ -/]*[@-~]/.exec(rest)?.[0];
  return (command ?? control)?.length ?? 1;
}

function matchAt(pattern: RegExp, text: string, index: number): RegExpExecArray | null {
  pattern.lastIndex = index;
  return pattern.exec(text);
}
