import { styleText } from 'node:util';

/** Where a command's words go: with `--json` only one JSON document (or lines of JSON) is on stdout. */
export interface Output {
  json: boolean;
  /** whether a person looks at a terminal that can be redrawn */
  live: boolean;
  /** words for a person, on stdout; nothing with `--json` */
  print(text: string): void;
  /** the result as JSON, indented; nothing without `--json` */
  data(value: unknown): void;
  /** one line of JSON; nothing without `--json` */
  line(value: unknown): void;
  /** words beside the result, on stderr; nothing with `--json` */
  note(text: string): void;
}

/** An output that prints for people, or JSON for programs. */
export function createOutput(json: boolean): Output {
  const write = (text: string) => void process.stdout.write(`${text}\n`);
  return {
    json,
    live: !json && process.stdout.isTTY === true && process.env.TERM !== 'dumb',
    print: (text) => (json ? undefined : write(text)),
    data: (value) => (json ? write(JSON.stringify(value, null, 2)) : undefined),
    line: (value) => (json ? write(JSON.stringify(value)) : undefined),
    note: (text) => (json ? undefined : void process.stderr.write(`${text}\n`)),
  };
}

/** The width of the terminal that stdout is, now; undefined where it is none, or does not say. */
export const terminalColumns = (): number | undefined =>
  process.stdout.isTTY ? process.stdout.columns || undefined : undefined;

type Style = Parameters<typeof styleText>[0];

/** Text in a style, where the terminal shows styles and nobody asked for none (NO_COLOR). */
export const style = (format: Style, text: string): string =>
  styleText(format, text, { stream: process.stdout, validateStream: true });
