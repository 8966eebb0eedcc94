import { z } from 'zod';
import { ProblemError } from '../../contracts/error.ts';
import type { ListCursor } from '../../store/index.ts';

/** Where a page ended, as a text for its next request. */
export const encodeCursor = ({ created_at, job_id }: ListCursor): string =>
  Buffer.from(JSON.stringify({ created_at, job_id })).toString('base64url');

/** Where the page before ended. Throws `validation` for a text that is no {@link encodeCursor}. */
export function decodeCursor(text: string): ListCursor {
  try {
    return Cursor.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
  } catch {
    throw new ProblemError({
      code: 'validation',
      message: 'The query is not valid.',
      fields: [{ path: 'cursor', issue: 'not a cursor of this service; begin without one' }],
    });
  }
}

const Cursor = z.object({ created_at: z.iso.datetime(), job_id: z.string().min(1).max(64) });
