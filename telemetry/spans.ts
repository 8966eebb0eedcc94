import type { EndedPhase, Phase, TracePlace } from '../contracts/phase.ts';
import { spanIdOf } from './ids.ts';
import type { EndedSpan } from './tracing.ts';

const NAMES: Record<Phase, string> = {
  job: 'orchestrator.job',
  plan: 'orchestrator.plan',
  approval_wait: 'orchestrator.approval',
  dispatch: 'orchestrator.dispatch',
  queue_wait: 'orchestrator.queue',
  merge: 'orchestrator.merge',
  run: 'orchestrator.task',
  synthesis: 'orchestrator.aggregate',
  verify: 'orchestrator.verify',
};

/** Failures as a trace sees them; what a person or a provider decided is none. */
const FAILED = new Set(['failed']);

/** The span of a phase that has ended. */
export function spanOfPhase(job_id: string, ended: EndedPhase): EndedSpan {
  const { phase, task_id, round, outcome, began_at, ended_at } = ended;
  return {
    name: NAMES[phase],
    job_id,
    id: phase === 'job' ? jobSpanId(job_id) : placeSpanId(job_id, ended),
    parent: parentOf(job_id, ended),
    attributes: {
      'orchestrator.outcome': outcome,
      'orchestrator.round': round,
      ...(task_id === undefined ? {} : { 'orchestrator.task_id': task_id }),
    },
    began_at: Date.parse(began_at),
    ended_at: Date.parse(ended_at),
    ...(FAILED.has(outcome) ? { error: outcome } : {}),
  };
}

/** The id of the span that stands for a job, the root of its trace. */
export const jobSpanId = (job_id: string): string => spanIdOf(job_id, 'job');

/** The id of the span that something belongs under; of the job's where the place is not known. */
export function placeSpanId(job_id: string, place: TracePlace | undefined): string {
  if (!place) return jobSpanId(job_id);
  const { phase, round, task_id } = place;
  return phase === 'run' ? spanIdOf(job_id, phase, task_id ?? '', round) : spanIdOf(job_id, phase, round);
}

function parentOf(job_id: string, { phase, dispatch }: EndedPhase): string | null {
  if (phase === 'job') {
    // a job that was delegated to is under the one that did
    const outer = job_id.lastIndexOf('.');
    return outer === -1 ? null : jobSpanId(job_id.slice(0, outer));
  }
  const inDispatch = phase === 'run' || phase === 'queue_wait' || phase === 'merge';
  return inDispatch && dispatch > 0 ? spanIdOf(job_id, 'dispatch', dispatch) : jobSpanId(job_id);
}
