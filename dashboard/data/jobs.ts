import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { ApiError } from '../../client/errors.ts';
import { api, dataOf, type Schemas } from './api.ts';
import { keys } from './keys.ts';

/** Which jobs to list; what is left out is not asked for. */
export interface JobFilter {
  status?: Schemas['JobStatus'];
  owner?: string;
  /** words of the title or the id */
  q?: string;
}

const PAGE = 100;

/** The list of jobs, newest first, page by page. */
export function useJobs(filter: JobFilter) {
  return useInfiniteQuery({
    queryKey: [...keys.jobs, filter],
    placeholderData: keepPreviousData,
    queryFn: ({ pageParam }) =>
      dataOf(
        api.GET('/orchestrate/jobs', {
          params: { query: { ...filter, limit: PAGE, ...(pageParam === null ? {} : { cursor: pageParam }) } },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next_cursor }) => next_cursor,
  });
}

/** Everything that waits for a person, over all jobs, oldest first. */
export function useApprovals() {
  return useQuery({ queryKey: keys.approvals, queryFn: () => dataOf(api.GET('/approvals')) });
}

/**
 * The status of a job, as {@link useJobEvents} keeps it up to date; read `again` and again where it changes in a way that
 * no event tells.
 */
export function useJob(job_id: string, { again = false } = {}) {
  return useQuery({
    queryKey: keys.status(job_id),
    refetchInterval: again ? 2000 : false,
    queryFn: () => dataOf(api.GET('/orchestrate/{job_id}/status', { params: { path: { job_id } } })),
  });
}

/** What of a job waits for a person. */
export function useJobApprovals(job_id: string) {
  return useQuery({
    queryKey: keys.jobApprovals(job_id),
    queryFn: () => dataOf(api.GET('/orchestrate/{job_id}/approvals', { params: { path: { job_id } } })),
  });
}

/** A version of a job's plan; null while there is none. */
export function usePlan(job_id: string, version: number | 'latest', enabled = true) {
  return useQuery({
    queryKey: keys.plan(job_id, version),
    enabled,
    queryFn: async () => {
      const query = version === 'latest' ? {} : { version };
      try {
        return await dataOf(api.GET('/orchestrate/{job_id}/plan', { params: { path: { job_id }, query } }));
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return null;
        throw error;
      }
    },
  });
}

/** The providers of models, and whether they can be used. */
export function useProviders() {
  return useQuery({
    queryKey: keys.providers,
    staleTime: 30_000,
    queryFn: () => dataOf(api.GET('/orchestrate/providers')),
  });
}

/** The agents that there are: for choosing one, or read `again` and again to see how they are. */
export function useAgents({ again = false } = {}) {
  return useQuery({
    queryKey: keys.agents,
    staleTime: 10_000,
    refetchInterval: again ? 5000 : false,
    queryFn: () => dataOf(api.GET('/agents')),
  });
}
