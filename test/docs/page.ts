import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A fenced block of a page: ```` ```language note ````. */
export interface Block {
  language: string;
  /** what stands behind the language: whom or what the block is for */
  note: string;
  text: string;
  /** line of the opening fence, from 1 */
  line: number;
}

export const ROOT = join(import.meta.dirname, '../..');

/** Text of a file of the repository. */
export const readPage = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** The fenced blocks of a page, in order. */
export function blocksOf(page: string): Block[] {
  return [...page.matchAll(/^```(\w+)(?: +(.+))?\n([\s\S]*?)^```$/gm)].map((match) => ({
    language: match[1]!,
    note: match[2] ?? '',
    text: match[3]!,
    line: page.slice(0, match.index).split('\n').length,
  }));
}

/** The rows of the table whose head begins with `| first |`, cell by cell. */
export function tableOf(page: string, first: string): string[][] {
  const lines = page.split('\n');
  const head = lines.findIndex((line) => line.startsWith(`| ${first} |`));
  if (head === -1) throw new Error(`no table begins with ${first}`);
  const rows = lines.slice(head + 2);
  const end = rows.findIndex((line) => !line.startsWith('|'));
  return rows.slice(0, end === -1 ? rows.length : end).map((row) =>
    row
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** The text of a cell in backquotes. */
export const code = (cell: string | undefined): string => cell?.replaceAll('`', '') ?? '';
