import type { Schemas } from '../../../client/client.ts';

type Call = Schemas['LedgerRow'];

/** What the model calls of one agent, or of one model, used and cost together. */
export interface CostRow {
  name: string;
  /** those under way too */
  calls: number;
  /** with what was read from and written to the cache */
  input_tokens: number;
  output_tokens: number;
  cost_usd: number;
  /** of the cost: of calls without a bill, which count with what they can have cost at most */
  estimated_usd: number;
}

/** The calls summed up by agent; calls of no agent are those of the job itself. The dearest is first. */
export const costsByAgent = (calls: readonly Call[]): CostRow[] =>
  costsBy(calls, ({ agent }) => agent ?? 'the job itself');

/** The calls summed up by provider and model. The dearest is first. */
export const costsByModel = (calls: readonly Call[]): CostRow[] =>
  costsBy(calls, ({ provider, model }) => `${provider}/${model}`);

/** All rows in one. */
export const totalOf = (rows: readonly CostRow[]): CostRow => rows.reduce(added, emptyRow('All'));

function costsBy(calls: readonly Call[], nameOf: (call: Call) => string): CostRow[] {
  const rows = new Map<string, CostRow>();
  for (const call of calls) {
    // the provider did not do it: it was no call
    if (call.status === 'released') continue;
    const name = nameOf(call);
    rows.set(name, added(rows.get(name) ?? emptyRow(name), rowOf(call)));
  }
  return [...rows.values()].sort(
    (one, other) => other.cost_usd - one.cost_usd || (one.name < other.name ? -1 : 1),
  );
}

function rowOf({ usage, status, cost_usd }: Call): Omit<CostRow, 'name'> {
  const { input_tokens = 0, output_tokens = 0, cache_read_tokens = 0, cache_write_tokens = 0 } = usage ?? {};
  return {
    calls: 1,
    input_tokens: input_tokens + cache_read_tokens + cache_write_tokens,
    output_tokens,
    cost_usd,
    estimated_usd: status === 'estimated' ? cost_usd : 0,
  };
}

const emptyRow = (name: string): CostRow => ({
  ...{ name, calls: 0, input_tokens: 0, output_tokens: 0 },
  ...{ cost_usd: 0, estimated_usd: 0 },
});

const added = (sum: CostRow, row: Omit<CostRow, 'name'>): CostRow => ({
  name: sum.name,
  calls: sum.calls + row.calls,
  input_tokens: sum.input_tokens + row.input_tokens,
  output_tokens: sum.output_tokens + row.output_tokens,
  cost_usd: sum.cost_usd + row.cost_usd,
  estimated_usd: sum.estimated_usd + row.estimated_usd,
});
