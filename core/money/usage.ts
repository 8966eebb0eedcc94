import type { UsageRow, UsageSums } from '../../contracts/usage.ts';
import { roundUsd } from './cost.ts';

/** The sum of all rows. */
export function totalUsage(rows: readonly UsageRow[]): UsageSums {
  const sum = (field: keyof UsageSums) => rows.reduce((total, row) => total + row[field], 0);
  return {
    calls: sum('calls'),
    input_tokens: sum('input_tokens'),
    output_tokens: sum('output_tokens'),
    cache_read_tokens: sum('cache_read_tokens'),
    cache_write_tokens: sum('cache_write_tokens'),
    cost_usd: roundUsd(sum('cost_usd')),
    unpriced_calls: sum('unpriced_calls'),
    estimated_calls: sum('estimated_calls'),
    estimated_cost_usd: roundUsd(sum('estimated_cost_usd')),
    open_calls: sum('open_calls'),
    reserved_usd: roundUsd(sum('reserved_usd')),
  };
}
