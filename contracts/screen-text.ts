/**
 * What was printed, as a terminal would show it in the end: of lines that were drawn over after a carriage return, as
 * progress bars are, what stands there at last; without the sequences that colour it or move the cursor.
 */
export function screenText(text: string): string {
  if (!text.includes('\r') && !text.includes('\u001b')) return text;
  return text.replace(SEQUENCES, '').split('\n').map(lastDrawn).join('\n');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: sequences for terminals begin with one
const SEQUENCES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])/g;

function lastDrawn(line: string): string {
  if (!line.includes('\r')) return line;
  const drawn = line.endsWith('\r') ? line.slice(0, -1) : line;
  // what is drawn over a longer text leaves its end in place
  let [at, rest] = [drawn.length, ''];
  while (at > 0) {
    const start = drawn.lastIndexOf('\r', at - 1) + 1;
    const part = drawn.slice(start, at);
    rest += part.slice(rest.length);
    at = start - 1;
    if (start === 0) break;
  }
  return rest;
}
