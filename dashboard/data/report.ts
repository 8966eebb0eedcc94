import { useQuery } from '@tanstack/react-query';
import type { Schemas } from './api.ts';
import { readContent } from './artifacts.ts';
import { keys } from './keys.ts';

/** The whole report of a job; null while there is none. The status of a job holds only the beginning of a long one. */
export function useReport({ job_id, synthesis, synthesis_artifact_id }: Schemas['Job']) {
  return useQuery({
    queryKey: [...keys.job(job_id), 'report', synthesis_artifact_id, synthesis],
    queryFn: async () =>
      synthesis_artifact_id === null
        ? synthesis
        : await (await readContent(job_id, synthesis_artifact_id)).text(),
  });
}
