import { useInfiniteQuery } from '@tanstack/react-query';
import { api, dataOf, type Schemas } from './api.ts';
import { keys } from './keys.ts';

const PAGE = 200;
/** No event tells of deliveries: they are read again and again while somebody looks. */
const BETWEEN_READS_MS = 2000;

/** What was sent for a job, with what result, in the order of its events, page by page; all with `status` null. */
export function useDeliveries(job_id: string, status: Schemas['WebhookDeliveryStatus'] | null) {
  return useInfiniteQuery({
    queryKey: [...keys.webhooks(job_id), status],
    queryFn: ({ pageParam }) =>
      dataOf(
        api.GET('/orchestrate/{job_id}/webhooks', {
          params: {
            path: { job_id },
            query: {
              limit: PAGE,
              ...(status === null ? {} : { status }),
              ...(pageParam === null ? {} : { cursor: pageParam }),
            },
          },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next_cursor }) => next_cursor,
    refetchInterval: BETWEEN_READS_MS,
  });
}
