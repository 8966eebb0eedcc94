import { z } from 'zod';

/**
 * A named schema, or null. Unlike `nullable()`, which would make the named component of the OpenAPI document
 * nullable wherever it is used.
 */
export const orNull = <S extends z.ZodType>(schema: S): z.ZodUnion<[S, z.ZodNull]> =>
  z.union([schema, z.null()]);
