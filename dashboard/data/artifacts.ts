import { useQuery } from '@tanstack/react-query';
import { ApiError } from '../../client/errors.ts';
import { api, dataOf } from './api.ts';
import { fetchFile } from './download.ts';
import { keys } from './keys.ts';
import { mayPass } from './query-client.ts';

/** Everything that a job's tasks left. */
export function useArtifacts(job_id: string) {
  return useQuery({
    queryKey: keys.artifacts(job_id),
    queryFn: () => dataOf(api.GET('/orchestrate/{job_id}/artifacts', { params: { path: { job_id } } })),
  });
}

/** The content of an artifact, once it is asked for. It never changes. */
export function useContent(job_id: string, artifact_id: string, enabled: boolean) {
  return useQuery({
    queryKey: ['content', job_id, artifact_id],
    enabled,
    staleTime: Number.POSITIVE_INFINITY,
    retry: (_, error) => !(error instanceof ApiError) || mayPass(error),
    queryFn: () => readContent(job_id, artifact_id),
  });
}

/** The content of an artifact. Throws an ApiError. */
export async function readContent(job_id: string, artifact_id: string): Promise<Blob> {
  const path = `/orchestrate/${encodeURIComponent(job_id)}/artifacts/${encodeURIComponent(artifact_id)}`;
  return await fetchFile(path);
}
