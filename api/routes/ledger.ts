import { z } from 'zod';
import { LedgerRow, Price, Usage } from '../../contracts/money.ts';
import type { Api } from '../access/caller.ts';
import type { ApiDeps } from '../deps.ts';
import { endpoint } from '../endpoint.ts';
import { findJob } from '../jobs/find-job.ts';
import { type Cell, CSV_MEDIA, csvAnswer, Format, wantsCsv } from '../request/csv.ts';
import { jobParams } from './params.ts';

const Ledger = z.object({ ledger: z.array(LedgerRow) }).meta({ id: 'Ledger' });

/** `GET /orchestrate/{job_id}/ledger` */
export function ledgerRoute(api: Api, deps: ApiDeps): void {
  endpoint(
    api,
    {
      method: 'get',
      path: '/orchestrate/{job_id}/ledger',
      operation_id: 'readLedger',
      tag: 'Money',
      summary: 'A row per model call, oldest first',
      description: 'JSON, or CSV with `format=csv` or `Accept: text/csv`.',
      params: jobParams,
      query: { format: Format },
      answers: { 200: { description: 'the rows', schema: Ledger, media: CSV_MEDIA } },
      errors: ['temporal_unreachable'],
    },
    async (c, { params: { job_id }, query: { format } }) => {
      await findJob(deps, c.get('sees'), job_id);
      const ledger = await deps.store.readLedger(job_id);
      if (wantsCsv(c, format)) return csvAnswer(`ledger-${job_id}.csv`, COLUMNS, ledger.map(toCells));
      c.header('Vary', 'Accept');
      return c.json({ ledger });
    },
  );
}

const USAGE = Usage.keyof().options;
const PRICE = Price.keyof().options;
const PLAIN = LedgerRow.omit({ usage: true, price: true }).keyof().options;

const COLUMNS = [...PLAIN, ...USAGE, ...PRICE.map((name) => `price_${name}`)];

function toCells(row: LedgerRow): Cell[] {
  const { usage, price } = row;
  return [
    ...PLAIN.map((name) => row[name]),
    ...USAGE.map((name) => usage?.[name] ?? null),
    ...PRICE.map((name) => price?.[name] ?? null),
  ];
}
