import { stripVTControlCharacters } from 'node:util';
import sliceAnsi from 'slice-ansi';
import stringWidth from 'string-width';
import type { Schemas } from '../../client/client.ts';
import { hiddenWarnings, visible } from '../../contracts/hidden-text.ts';
import { style, terminalColumns } from '../output.ts';

/** Rows as columns, each as wide as its widest cell; the last one is not padded. On a terminal no line is longer than it. */
export function table(rows: readonly (readonly string[])[], gap = 2): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, width(cell));
    });
  }
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === row.length - 1 ? cell : pad(cell, (widths[column] ?? 0) + gap)))
        .join('')
        .trimEnd(),
    )
    .map((line) => fitted(line));
}

/** Seconds for people: `0.4 s`, `12 s`, `3 min 05 s`, `2 h 10 min`. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${Math.max(0, seconds).toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${two(whole % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}

/** Seconds between two ISO times; to now without the second. Empty without the first. */
export function elapsed(from: string | null, to: string | null, now = Date.now()): string {
  if (from === null) return '';
  return duration(((to === null ? now : Date.parse(to)) - Date.parse(from)) / 1000);
}

/** An estimate: `30 s`, `5 min`. */
export const estimate = (seconds: number): string =>
  seconds < 10 ? `${Math.round(seconds * 10) / 10} s` : duration(seconds).replace(/ min 00 s$/, ' min');

/** Dollars, with as many digits as a small amount needs. */
export function money(usd: number): string {
  if (usd === 0) return '$0';
  return usd < 0.01 ? `$${usd.toFixed(4)}` : `$${usd.toFixed(2)}`;
}

/** What is spent, what is reserved on top of it, and the limit, where there are any. */
export function budgetText({ spent_usd, reserved_usd, limit_usd }: ShownBudget): string {
  const reserved = reserved_usd === 0 ? '' : ` spent + ${money(reserved_usd)} reserved`;
  return `${money(spent_usd)}${reserved}${limit_usd === null ? '' : ` of ${money(limit_usd)}`}`;
}

type ShownBudget = Pick<Schemas['Job']['budget'], 'spent_usd' | 'reserved_usd' | 'limit_usd'>;

/** Bytes: `512 B`, `3.4 kB`, `1.2 MB`. */
export function bytes(count: number): string {
  if (count < 1000) return `${count} B`;
  const [size, unit] =
    count < 1e6 ? [count / 1e3, 'kB'] : count < 1e9 ? [count / 1e6, 'MB'] : [count / 1e9, 'GB'];
  return `${size.toFixed(1)} ${unit}`;
}

/** An ISO time in the time zone of this machine: `2026-11-21 10:12:30`; without a date for `clock`. */
export function localTime(iso: string, clock = false): string {
  const at = new Date(iso);
  const time = [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':');
  return clock ? time : `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${time}`;
}

/** The first line, cut to a length. */
export function oneLine(text: string, max = 80): string {
  const line = harmless(text).replace(/\s+/g, ' ').trim();
  return line.length > max ? `${line.slice(0, max - 1)}…` : line;
}

/** Every line moved to the right. */
export const indent = (text: string, by = 2): string => text.replace(/^(?=.)/gm, ' '.repeat(by));

/**
 * What was printed, for a terminal: control characters that would move the cursor or change it are taken out; line
 * breaks and tabs stay, and what hides or reorders text is shown by its number.
 */
export function harmless(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
  return visible(stripVTControlCharacters(text).replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, ''));
}

/** What a person decides about, as it really is: nothing is taken out, all that is not seen is shown by its number. */
export const exact = (text: string): string => visible(text);

/** What is to be said of hidden characters in a value, as lines; none where all is as it looks. */
export const hiddenNotice = (value: unknown): string[] =>
  hiddenWarnings(value).map((warning) => style('yellow', `Warning: ${warning}`));

/** A line cut to the terminal's width, which wide characters take twice as much of; as it is where there is none. */
export function fitted(line: string, columns = terminalColumns()): string {
  if (columns === undefined || width(line) <= columns) return line;
  if (columns < 2) return '';
  const cut = sliceAnsi(line, 0, columns - 1);
  // a wide character that begins in the last column is taken whole
  return `${width(cut) < columns ? cut : sliceAnsi(line, 0, columns - 2)}…`;
}

const two = (number: number): string => String(number).padStart(2, '0');
/** Columns that a text takes; styles take none. */
export const width = (text: string): number => stringWidth(text);
const pad = (text: string, to: number): string => text + ' '.repeat(Math.max(0, to - width(text)));
