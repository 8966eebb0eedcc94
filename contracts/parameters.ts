import { z } from 'zod';

/** The most bytes of one value, as text: it may stand in a variable of a command's environment. */
export const MAX_PARAMETER_BYTES = 100_000;
const MAX_PARAMETERS = 100;
const MAX_LIST = 10_000;

/** A name that a reference (`{{ parameters.NAME }}`) and a variable of a shell can have. */
export const ParameterName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/, 'use 1 to 64 letters, digits and _, and do not begin with a digit');

const Scalar = z.union([z.string(), z.number(), z.boolean()]);

/** The value of a parameter, as it is given. */
export const ParameterValue = z
  .union([z.string(), z.number(), z.boolean(), z.array(Scalar).max(MAX_LIST)])
  .meta({ id: 'ParameterValue' });
export type ParameterValue = z.infer<typeof ParameterValue>;

/** What a job asks to be given when it is submitted. */
export const Parameter = z
  .strictObject({
    type: z.enum(['string', 'number', 'boolean', 'enum', 'list']).default('string').describe('of its value'),
    options: z.array(z.string().max(1000)).min(1).max(1000).optional().describe('the values of an enum'),
    default: ParameterValue.optional().describe(
      'used when no value is given; without one, a value is required',
    ),
    description: z.string().max(2000).optional().describe('what it is, for who gives the value'),
    pattern: z
      .string()
      .min(1)
      .max(1000)
      .optional()
      .describe('a regular expression (RE2 syntax) that a whole string, or each text of a list, must match'),
  })
  .meta({ id: 'Parameter' });
export type Parameter = z.infer<typeof Parameter>;

/** `parameters` of a submission. */
export const Parameters = z
  .record(ParameterName, Parameter)
  .refine((all) => Object.keys(all).length <= MAX_PARAMETERS, `must have at most ${MAX_PARAMETERS} entries`);
export type Parameters = z.infer<typeof Parameters>;

/** `with` of a submission: the values. */
export const ParameterValues = z.record(z.string(), ParameterValue);
export type ParameterValues = z.infer<typeof ParameterValues>;
