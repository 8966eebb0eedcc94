import { useQuery } from '@tanstack/react-query';
import { api, dataOf, jsonOf, type Schemas } from './api.ts';
import { keys } from './keys.ts';

const PAGE = 500;

/** What the agent of a task said in its latest attempt, turn by turn: all pages. */
export function useTranscript(job_id: string, task_id: string, enabled: boolean) {
  return useQuery({
    queryKey: keys.task(job_id, task_id, 'transcript'),
    enabled,
    queryFn: async () => {
      const messages: Schemas['Transcript']['messages'] = [];
      for (let after: number | null = 0; after !== null; ) {
        const query: { after: number; limit: number } = { after, limit: PAGE };
        const page: Schemas['Transcript'] = await dataOf(
          api.GET('/orchestrate/{job_id}/task/{task_id}/transcript', {
            params: { path: { job_id, task_id }, query },
          }),
        );
        messages.push(...page.messages);
        after = page.next_after;
      }
      return messages;
    },
  });
}

/**
 * The whole description of a task: its job's status shows the beginning of a long one. Undefined while that is read.
 */
export function useDescription(
  job_id: string,
  { task_id, description, description_chars }: Schemas['TaskView'],
): string | undefined {
  const whole = useQuery({
    // a retry may bring another one
    queryKey: [...keys.task(job_id, task_id, 'context'), description, description_chars],
    enabled: description_chars !== undefined,
    queryFn: async () => {
      const path = { job_id, task_id };
      const found = await dataOf(
        api.GET('/orchestrate/{job_id}/task/{task_id}/context', { params: { path } }),
      );
      return found.task.description;
    },
  });
  return description_chars === undefined ? description : whole.data;
}

const BETWEEN_READS_MS = 2000;

/** The latest lines that the command of a task printed; read `again` and again while it runs. */
export function useLogs(
  job_id: string,
  task_id: string,
  { enabled, again }: { enabled: boolean; again: boolean },
) {
  return useQuery({
    queryKey: keys.task(job_id, task_id, 'logs'),
    enabled,
    refetchInterval: again ? BETWEEN_READS_MS : false,
    queryFn: () =>
      jsonOf(api.GET('/orchestrate/{job_id}/task/{task_id}/logs', { params: { path: { job_id, task_id } } })),
  });
}
