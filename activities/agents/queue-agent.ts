import { Context } from '@temporalio/activity';
import { parseAgentAnswer } from '../../contracts/http-agent.ts';
import { taskWorkflowId } from '../../contracts/names.ts';
import { jsonBytes } from '../../core/plan/validate.ts';
import { attemptSeconds } from '../../core/schedule/attempt-time.ts';
import { storeAgentAnswer } from '../../store/agents/answer.ts';
import type { ActivityDeps } from '../deps.ts';
import { briefFor } from '../http/brief.ts';
import { answerIssues } from '../http/read-answer.ts';
import { toldOf } from '../http/told.ts';
import type { Activities } from '../types.ts';

/** What agents on task queues of their own are given, and what they return. */
export function createQueueAgentActivities({
  store,
  public_url,
  mask,
}: ActivityDeps): Pick<Activities, 'writeBrief' | 'takeAnswer'> {
  return {
    async writeBrief(request) {
      const deadline = Context.current().info.scheduledTimestampMs + attemptSeconds(request) * 1000;
      const deadline_at = new Date(deadline).toISOString();
      const { job_id, attempt, repository } = request;
      const { task_id } = request.task;
      const workflow_id = taskWorkflowId(job_id, task_id);
      const callback = { job_id, task_id, workflow_id, attempt, expires_at: deadline_at };
      const token = repository ? await store.createCallback(callback) : null;
      const told = await toldOf(request, store.readOutput);
      return fitting(briefFor(told, { public_url, deadline_at, token }));
    },
    async takeAnswer({ job_id, task_id, answer }) {
      const parsed = parseAgentAnswer(answer ?? {});
      if (!parsed.ok) {
        const message = `The agent returned something that is not an answer: ${answerIssues(answer ?? {}, mask)}.`;
        return failed({ code: 'agent_answer_invalid', message, retryable: true });
      }
      const { error } = parsed.answer;
      if (error) return failed(error);
      const stored = await storeAgentAnswer(store, { job_id, task_id, answer: parsed.answer });
      return { status: 'completed', ...stored };
    },
  };
}

/** Bytes of JSON of a brief: it goes to workers of others, who know nothing of our store, and Temporal takes 2 MB. */
const BRIEF_BYTES = 1_800_000;

/** A brief with as many of the artifacts as there is room for; the context that it names has all. */
function fitting<B extends { artifacts: unknown[] }>(brief: B): B {
  let room = BRIEF_BYTES - jsonBytes({ ...brief, artifacts: [] });
  const end = brief.artifacts.findIndex((artifact) => {
    room -= jsonBytes(artifact) + 1;
    return room < 0;
  });
  return end === -1 ? brief : { ...brief, artifacts: brief.artifacts.slice(0, end) };
}

const failed = (error: { code: string; message: string; retryable: boolean }) => ({
  status: 'failed' as const,
  error,
  artifacts: [],
});
