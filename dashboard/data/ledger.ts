import { useQuery } from '@tanstack/react-query';
import { api, jsonOf } from './api.ts';
import { keys } from './keys.ts';

/** The model calls of a job, one a row. */
export function useLedger(job_id: string) {
  return useQuery({
    queryKey: keys.ledger(job_id),
    queryFn: async () =>
      (await jsonOf(api.GET('/orchestrate/{job_id}/ledger', { params: { path: { job_id } } }))).ledger,
  });
}
