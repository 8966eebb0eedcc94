import type { Schemas } from '../../../client/client.ts';

type Row = Schemas['UsageRow'];

/** What the chart measures. */
export type Measure = 'cost' | 'tokens' | 'calls';

/** A bar of the chart: a day of UTC, or a month where there are many days. */
export interface Bar {
  /** `2026-01-31` or `2026-01` */
  label: string;
  value: number;
}

/** Days of UTC, as `2026-01-31`; empty: no bound. The last one is part of it. */
export interface Period {
  from: string;
  to: string;
}

/** With more days than that a bar is a month. */
const MAX_DAYS = 186;
/** An open period shows at least so many, so that one day is not drawn as a wall. */
const MIN_DAYS = 7;
const DAY_MS = 86_400_000;
/** Nothing is older; a year that is still being typed is. */
const FIRST_DAY = '2020-01-01';

const VALUE: Record<Measure, (row: Row) => number> = {
  cost: ({ cost_usd }) => cost_usd,
  tokens: (row) => row.input_tokens + row.output_tokens + row.cache_read_tokens + row.cache_write_tokens,
  calls: ({ calls }) => calls,
};

/** The day of UTC that is so many days after a day, or now. */
export function dayAfter(day: string | null, days: number): string {
  const at = day === null ? Date.now() : Date.parse(`${day}T00:00:00Z`);
  return new Date(at + days * DAY_MS).toISOString().slice(0, 10);
}

/** The query of a period: `to` is the first day that no longer counts. */
export const queryOf = ({ from, to }: Period): { from?: string; to?: string } => ({
  ...(from === '' ? {} : { from }),
  ...(to === '' ? {} : { to: dayAfter(to, 1) }),
});

/** A bar for each day of a period, those without a row too. Days that have not come yet are left out. */
export function barsOf(rows: readonly Row[], measure: Measure, period: Period): Bar[] {
  const values = new Map(rows.map((row) => [row.key ?? '', VALUE[measure](row)]));
  const today = dayAfter(null, 0);
  const last = period.to === '' || period.to > today ? today : period.to;
  const earliest = [...values.keys(), dayAfter(last, 1 - MIN_DAYS)].sort()[0]!;
  const bars: Bar[] = [];
  for (let day = period.from < FIRST_DAY ? earliest : period.from; day <= last; day = dayAfter(day, 1)) {
    bars.push({ label: day, value: values.get(day) ?? 0 });
  }
  return bars.length > MAX_DAYS ? byMonth(bars) : bars;
}

function byMonth(days: readonly Bar[]): Bar[] {
  const months = new Map<string, number>();
  for (const { label, value } of days) {
    const month = label.slice(0, 7);
    months.set(month, (months.get(month) ?? 0) + value);
  }
  return [...months].map(([label, value]) => ({ label, value }));
}
