import { z } from 'zod';
import { orNull } from './nullable.ts';
import { ProviderName } from './spec.ts';

/** Prices in USD per million tokens. */
export const Price = z
  .object({
    input_usd: z.number().nonnegative(),
    output_usd: z.number().nonnegative(),
    cache_read_usd: z.number().nonnegative(),
    cache_write_usd: z.number().nonnegative(),
    source: z.string().describe('config, or the price table and its date'),
  })
  .meta({ id: 'Price' });
export type Price = z.infer<typeof Price>;

/** Tokens of one model call. `input_tokens` excludes what was read from or written to the cache. */
export const Usage = z
  .object({
    input_tokens: z.int().nonnegative(),
    output_tokens: z.int().nonnegative(),
    cache_read_tokens: z.int().nonnegative(),
    cache_write_tokens: z.int().nonnegative(),
  })
  .meta({ id: 'Usage' });
export type Usage = z.infer<typeof Usage>;

/** What a model call is for; `image`: by a tool of an agent. */
export const CallPurpose = z
  .enum(['objectives', 'tasks', 'task', 'synthesis', 'verification', 'image'])
  .meta({ id: 'CallPurpose' });
export type CallPurpose = z.infer<typeof CallPurpose>;

/**
 * A row of the ledger: one call of a model, by the job, an agent or a tool. `reserved`: under way; `settled`: its real usage is known;
 * `estimated`: its answer was lost, or the provider did not say what it used, or said what cannot be. What it can have cost
 * counts as spent, by its prompt and what arrived, never more than the reservation; the whole reservation where that is
 * not known. `released`: the provider did not do it (a 429, a refused connection), it cost nothing.
 */
export const LedgerRow = z
  .object({
    call_id: z.string(),
    lease_id: z
      .string()
      .nullable()
      .describe(
        'the reservation of the budget that it draws on, with other calls of the task; null: its own',
      ),
    job_id: z.string(),
    task_id: z.string().nullable(),
    attempt: z.int().nullable(),
    agent: z.string().nullable(),
    purpose: CallPurpose,
    provider: ProviderName,
    model: z.string(),
    status: z.enum(['reserved', 'settled', 'estimated', 'released']),
    reserved_usd: z.number().nonnegative(),
    cost_usd: z.number().nonnegative(),
    usage: orNull(Usage),
    price: orNull(Price),
    created_at: z.iso.datetime(),
    settled_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'LedgerRow' });
export type LedgerRow = z.infer<typeof LedgerRow>;
