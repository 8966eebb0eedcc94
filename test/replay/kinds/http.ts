import { AgentAnswer } from '../../../contracts/http-agent.ts';
import { taskWorkflowId } from '../../../contracts/names.ts';
import { storeAgentAnswer } from '../../../store/agents/answer.ts';
import * as messages from '../../../workflows/messages.ts';
import { AGENTS_ON_LOOPBACK, startAgent } from '../../http-agent/setup.ts';
import { planOf, startJob } from '../../setup/jobs.ts';
import { until } from '../../setup/until.ts';
import { openStage, type Studio } from '../stage.ts';
import { endedAs, type Kinds } from './kind.ts';

/** Agents over HTTP: one that answers at once, one that calls back, one that is not there. */
export async function openHttpStage(studio: Studio) {
  const prompt = await startAgent((response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ output: 'at once' }));
  });
  const slow = await startAgent((response) => {
    response.writeHead(202).end();
  });
  const agents = [
    { name: 'prompt', base_url: prompt.url },
    { name: 'slow', base_url: slow.url },
    { name: 'away', base_url: 'http://127.0.0.1:9' },
  ];
  const stage = await openStage(studio, { config: { agents, tools: AGENTS_ON_LOOPBACK } });

  const kinds: Kinds = {
    async 'http-at-once'() {
      const plan = planOf([{ task_id: 'a', agent: 'prompt' }]);
      return endedAs(await startJob(stage, { plan }), 'completed');
    },
    async 'http-callback'() {
      const job = await startJob(stage, { plan: planOf([{ task_id: 'a', agent: 'slow' }]) });
      const { brief } = await until(() => slow.received[0], { what: 'the brief' });
      const answer = AgentAnswer.parse({ output: 'later', outputs: { n: 1 } });
      const stored = await storeAgentAnswer(stage.store, { job_id: job.job_id, task_id: 'a', answer });
      const task = stage.client.workflow.getHandle(taskWorkflowId(job.job_id, 'a'));
      await task.signal(messages.callback, { attempt: brief.attempt, ...stored, error: null });
      return endedAs(job, 'completed');
    },
    async 'http-away'() {
      const job = await startJob(stage, { plan: planOf([{ task_id: 'a', agent: 'away' }]) });
      await job.reach('needs_review');
      await job.update('retry_task', { task_id: 'a', agent: 'prompt' });
      return endedAs(job, 'completed');
    },
  };
  return {
    stage,
    kinds,
    async close() {
      await stage.close();
      await Promise.all([prompt.stop(), slow.stop()]);
    },
  };
}
