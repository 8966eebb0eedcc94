import { Context } from '@temporalio/activity';
import { parseAgentAnswer } from '../contracts/http-agent.ts';
import { attemptSeconds } from '../core/attempt-time.ts';
import { storeAgentAnswer } from '../store/agent-answer.ts';
import type { ActivityDeps } from './deps.ts';
import { briefFor } from './http/brief.ts';
import type { Activities } from './types.ts';

/** What agents on task queues of their own are given, and what they return. */
export function createQueueAgentActivities({
  store,
  public_url,
}: ActivityDeps): Pick<Activities, 'writeBrief' | 'takeAnswer'> {
  return {
    async writeBrief(request) {
      const deadline = Context.current().info.scheduledTimestampMs + attemptSeconds(request) * 1000;
      return briefFor(request, { public_url, deadline_at: new Date(deadline).toISOString() });
    },
    async takeAnswer({ job_id, task_id, answer }) {
      const parsed = parseAgentAnswer(answer ?? {});
      if (!parsed.ok) {
        const issues = parsed.fields
          .map(({ path, issue }) => (path ? `${path}: ${issue}` : issue))
          .join('; ');
        const message = `The agent returned something that is no answer: ${issues}.`;
        return failed({ code: 'agent_answer_invalid', message, retryable: true });
      }
      const { error } = parsed.answer;
      if (error) return failed(error);
      const stored = await storeAgentAnswer(store, { job_id, task_id, answer: parsed.answer });
      return { status: 'completed', ...stored };
    },
  };
}

const failed = (error: { code: string; message: string; retryable: boolean }) => ({
  status: 'failed' as const,
  error,
  artifacts: [],
});
