import type { AttemptRequest, TaskInput } from '../../contracts/attempt.ts';

type AttemptSlas = Pick<AttemptRequest, 'sla_seconds' | 'job_sla_seconds' | 'target'>;

/**
 * How long one attempt may take by the SLAs of its agent and its job, in seconds: Infinity where there are none. A
 * registered agent that takes it has an SLA of its own.
 */
export function slaSeconds({ sla_seconds, job_sla_seconds, target }: AttemptSlas): number {
  const ofAgent = target ? target.sla_seconds : sla_seconds;
  return Math.min(ofAgent ?? Number.POSITIVE_INFINITY, job_sla_seconds ?? Number.POSITIVE_INFINITY);
}

/** How long one attempt may take, in seconds. */
export const attemptSeconds = (request: AttemptSlas & Pick<TaskInput, 'task'>): number =>
  Math.min(request.task.timeout_seconds, slaSeconds(request));
