import { z } from 'zod';
import { ErrorBody } from '../../contracts/error.ts';

/** Errors of agent brokerage: the usual form, and the fields once more as its clients know them. */
export const Failure = ErrorBody.extend({
  fields: z.array(z.object({ field: z.string(), issue: z.string() })),
}).meta({ id: 'BrokerageError' });
