import { z } from 'zod';
import { ProblemError } from '../../contracts/error.ts';
import type { DeliveryCursor, ListCursor } from '../../store/index.ts';

/** Where a page of jobs ended, as a text for its next request. */
export const encodeCursor = ({ created_at, job_id }: ListCursor): string => encode({ created_at, job_id });

/** Where the page before ended. Throws `validation` for a text that is no {@link encodeCursor}. */
export const decodeCursor = (text: string): ListCursor => decode(text, JobPlace);

/** Where a page of deliveries ended, as a text for its next request. */
export const encodeDeliveryCursor = ({ position, delivery_id }: DeliveryCursor): string =>
  encode({ position, delivery_id });

/** Where the page before ended. Throws `validation` for a text that is no {@link encodeDeliveryCursor}. */
export const decodeDeliveryCursor = (text: string): DeliveryCursor => decode(text, DeliveryPlace);

const JobPlace = z.object({ created_at: z.iso.datetime(), job_id: z.string().min(1).max(64) });
const DeliveryPlace = z.object({ position: z.int().nonnegative(), delivery_id: z.string().max(64) });

const encode = (place: object): string => Buffer.from(JSON.stringify(place)).toString('base64url');

function decode<S extends z.ZodType>(text: string, schema: S): z.output<S> {
  try {
    return schema.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
  } catch {
    throw new ProblemError({
      code: 'validation',
      message: 'The query is not valid.',
      fields: [{ path: 'cursor', issue: 'not a cursor of this service; begin without one' }],
    });
  }
}
