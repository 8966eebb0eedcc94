import { z } from 'zod';

/** What a report of the ledger has a row for. A day is one of UTC. */
export const UsageGroup = z.enum(['job', 'agent', 'model', 'day']).meta({ id: 'UsageGroup' });
export type UsageGroup = z.infer<typeof UsageGroup>;

const amount = z.number().nonnegative();

/** What model calls used and cost together. */
export const UsageSums = z
  .object({
    calls: z.int().describe('with a known end: their cost is what the provider billed'),
    input_tokens: z.int(),
    output_tokens: z.int(),
    cache_read_tokens: z.int(),
    cache_write_tokens: z.int(),
    cost_usd: amount,
    unpriced_calls: z.int().describe('of the calls: on models without a known price; they count as 0 USD'),
    estimated_calls: z
      .int()
      .describe(
        'whose answer was lost, or whose usage was not reported: their tokens are estimates, if there are any',
      ),
    estimated_cost_usd: amount.describe('what they cost at most'),
    open_calls: z.int().describe('under way'),
    reserved_usd: amount.describe('for the calls under way'),
  })
  .meta({ id: 'UsageSums' });
export type UsageSums = z.infer<typeof UsageSums>;

/** A row of `GET /usage`. */
export const UsageRow = z
  .object({
    key: z
      .string()
      .nullable()
      .describe('the job_id, agent, provider/model or day; null: calls that belong to no agent'),
    ...UsageSums.shape,
  })
  .meta({ id: 'UsageRow' });
export type UsageRow = z.infer<typeof UsageRow>;

/** Answer of `GET /usage`. */
export const UsageReport = z
  .object({
    from: z.iso.datetime().nullable(),
    to: z.iso.datetime().nullable(),
    group_by: UsageGroup,
    rows: z.array(UsageRow),
    total: UsageSums,
  })
  .meta({ id: 'UsageReport' });
