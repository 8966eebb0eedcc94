import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { ApiError } from '../../client/errors.ts';
import { refused } from './session.ts';

const LONGEST_PAUSE_MS = 2000;

/**
 * The cache of everything that was read. A read that failed because the service is away is tried again until it is
 * back, what was read before staying in sight; one that was refused is not. Commands are never sent twice.
 */
export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: lookForRefusal }),
  mutationCache: new MutationCache({ onError: lookForRefusal }),
  defaultOptions: {
    queries: {
      networkMode: 'always',
      staleTime: 1000,
      retry: (_, error) => mayPass(error),
      retryDelay: (attempt) => Math.min(LONGEST_PAUSE_MS, 200 * 2 ** attempt),
    },
    mutations: { networkMode: 'always', retry: false },
  },
});

/** Whether the same request may succeed later: nothing answered, or the service said it can't now. */
export const mayPass = (error: unknown): boolean =>
  !(error instanceof ApiError) || error.status >= 500 || error.status === 429;

function lookForRefusal(error: Error): void {
  if (error instanceof ApiError && error.status === 401) {
    refused(error.message);
    queryClient.clear();
  }
}
