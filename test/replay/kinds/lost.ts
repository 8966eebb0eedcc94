import { Context } from '@temporalio/activity';
import { createActivities } from '../../../activities/index.ts';
import { planOf, startJob } from '../../setup/jobs.ts';
import { openStage, type Stage, type Studio } from '../stage.ts';
import { endedAs, type Kinds } from './kind.ts';

/** A stage whose jobs believe that their folder lies on a host that nobody serves. */
export async function openHostlessStage(studio: Studio): Promise<{ stage: Stage; kinds: Kinds }> {
  const stage = await openStage(studio, {
    activities: (deps) => ({ ...createActivities(deps), claimHost: async () => ({ host_id: 'gone' }) }),
  });
  return {
    stage,
    kinds: {
      async 'host-lost'() {
        const settings = { host_wait_seconds: 1 };
        const job = await startJob(stage, { plan: planOf([{ task_id: 'a' }]) }, settings);
        await job.reach('needs_review');
        await job.update('skip_task', { task_id: 'a' });
        return endedAs(job, 'completed');
      },
    },
  };
}

/** A stage whose commands are never heard of again, as those of a worker that was killed. */
export async function openSilentStage(studio: Studio): Promise<{ stage: Stage; kinds: Kinds }> {
  const stage = await openStage(studio, {
    activities: (deps) => ({ ...createActivities(deps), runCommand: () => Context.current().cancelled }),
  });
  return {
    stage,
    kinds: {
      async 'worker-lost'() {
        const plan = planOf([{ task_id: 'a', max_attempts: 1 }]);
        const settings = { heartbeat_seconds: 1 };
        const job = await startJob(stage, { plan, on_task_failure: 'fail' }, settings);
        return endedAs(job, 'failed');
      },
    },
  };
}
