import { accepts } from 'hono/accepts';
import { z } from 'zod';
import type { Ctx } from '../access/caller.ts';

/** For the query of routes that answer CSV, too. */
export const Format = z.enum(['json', 'csv']).optional().describe('goes before the `Accept` header');

/** The media types of such routes besides JSON. */
export const CSV_MEDIA = { 'text/csv': z.string() };

/** Whether CSV is asked for, by `?format=` or else by the `Accept` header. */
export function wantsCsv(c: Ctx, format: z.output<typeof Format>): boolean {
  if (format !== undefined) return format === 'csv';
  const supports = ['application/json', 'text/csv'];
  return accepts(c, { header: 'Accept', supports, default: 'application/json' }) === 'text/csv';
}

/** A value of a cell: numbers as they are, nothing for null. */
export type Cell = string | number | null;

/**
 * A table as an answer, in the form of RFC 4180 with a line of names. What a spreadsheet would take for a formula
 * gets an apostrophe before it.
 * @param name of the file that it is saved as
 */
export function csvAnswer(name: string, columns: readonly string[], rows: readonly Cell[][]): Response {
  const lines = [[...columns], ...rows].map((cells) => cells.map(cellText).join(','));
  return new Response(`${lines.join('\r\n')}\r\n`, {
    headers: {
      'content-type': 'text/csv; charset=utf-8; header=present',
      'content-disposition': `attachment; filename="${name}"`,
      'x-content-type-options': 'nosniff',
      vary: 'Accept',
    },
  });
}

function cellText(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return String(cell);
  const safe = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
