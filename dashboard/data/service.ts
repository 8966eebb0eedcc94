import { useQuery } from '@tanstack/react-query';
import { api, dataOf, jsonOf, type Schemas } from './api.ts';
import { keys } from './keys.ts';

/** Whose key this session sends, and what it allows. */
export function useMe() {
  return useQuery({ queryKey: keys.me, staleTime: 60_000, queryFn: () => dataOf(api.GET('/me')) });
}

const BETWEEN_READS_MS = 5000;

/** What the service runs on, read again and again. */
export function useEngine() {
  return useQuery({
    queryKey: keys.engine,
    refetchInterval: BETWEEN_READS_MS,
    queryFn: () => dataOf(api.GET('/settings/engine')),
  });
}

/** Which models agents use if nothing else names one. */
export function useRouting() {
  return useQuery({ queryKey: keys.routing, queryFn: () => dataOf(api.GET('/settings/routing')) });
}

/** Which calls of models to sum up; times in ISO 8601, `to` not included. */
export interface UsageQuery {
  group_by: Schemas['UsageGroup'];
  from?: string;
  to?: string;
}

/** What model calls used and cost. While another period is read, the last one stays in sight. */
export function useUsage(query: UsageQuery) {
  return useQuery({
    queryKey: [...keys.usage, query],
    refetchInterval: 2 * BETWEEN_READS_MS,
    placeholderData: (before) => before,
    queryFn: () => jsonOf(api.GET('/usage', { params: { query: { ...query, format: 'json' } } })),
  });
}
