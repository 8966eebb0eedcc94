import { z } from 'zod';
import { LedgerRow } from '../../contracts/money.ts';
import type { ApiDeps } from '../deps.ts';
import { type Api, endpoint } from '../endpoint.ts';
import { findJob } from '../jobs/find-job.ts';
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
      params: jobParams,
      answers: { 200: { description: 'the rows', schema: Ledger } },
      errors: ['temporal_unreachable'],
    },
    async (c, { params: { job_id } }) => {
      await findJob(deps, c.get('owner'), job_id);
      return c.json({ ledger: await deps.store.readLedger(job_id) });
    },
  );
}
