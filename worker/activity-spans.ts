import type { Context } from '@temporalio/activity';
import type { ActivityInboundCallsInterceptor, ActivityInterceptorsFactory } from '@temporalio/worker';
import type { TracePlace } from '../contracts/phase.ts';
import { placeSpanId } from '../telemetry/spans.ts';
import type { Tracing } from '../telemetry/tracing.ts';

/**
 * Makes a span of every activity that works for a job, under the phase or task that asked for it. Where that is stands
 * in the activity's own input: no header, and nothing in any history, depends on tracing.
 */
export function activitySpans(tracing: Tracing): ActivityInterceptorsFactory {
  return ({ info }: Context) => {
    const inbound: ActivityInboundCallsInterceptor = {
      async execute(input, next) {
        const found = placeIn(input.args[0]);
        if (!found) return next(input);
        const { job_id, place } = found;
        const { workflowExecution, activityType, activityId, attempt } = info;
        const attributes = {
          'temporal.workflow_id': workflowExecution?.workflowId,
          'temporal.run_id': workflowExecution?.runId,
          'temporal.activity_id': activityId,
          'temporal.attempt': attempt,
          ...(place.task_id === undefined ? {} : { 'orchestrator.task_id': place.task_id }),
        };
        const span = {
          name: `RunActivity:${activityType}`,
          job_id,
          parent: placeSpanId(job_id, place),
          attributes,
        };
        return tracing.run(span, () => next(input));
      },
    };
    return { inbound };
  };
}

/** What the inputs of such activities have of these. */
interface Placed {
  job_id?: string;
  place?: TracePlace & { job_id?: string };
  /** of an attempt */
  task?: { task_id?: string };
  generation?: number;
  /** of a model call */
  call?: { job_id: string; place?: TracePlace };
}

function placeIn(input: unknown): { job_id: string; place: TracePlace } | null {
  if (typeof input !== 'object' || input === null) return null;
  const { job_id, place, task, generation, call }: Placed = input;
  if (call?.place) return { job_id: call.job_id, place: call.place };
  const of = job_id ?? place?.job_id;
  if (of === undefined) return null;
  if (place) return { job_id: of, place };
  if (task?.task_id === undefined || generation === undefined) return null;
  return { job_id: of, place: { phase: 'run', round: generation, task_id: task.task_id } };
}
