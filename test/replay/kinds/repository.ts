import { addsTo, decide, decisionAsked } from '../../repository-jobs/clash.ts';
import { makeGate } from '../../repository-jobs/gate.ts';
import { inSource, makeSource } from '../../repository-jobs/source.ts';
import { planOf, startJob } from '../../setup/jobs.ts';
import { until } from '../../setup/until.ts';
import { openStage, type Studio } from '../stage.ts';
import { endedAs, type Kinds } from './kind.ts';

/** Jobs in a repository: what tasks change lands on one branch, or does not merge, or does not pass the check. */
export async function openRepositoryStage(studio: Studio) {
  const stage = await openStage(studio, { config: { repositories: { roots: [studio.folder] } } });
  const sourceOf = (files: Record<string, string>) => makeSource(files, studio.folder);
  const checkedBy = (check: string) => ({ commands: { setup: null, check, lock: null } });

  const kinds: Kinds = {
    async 'repository-landed'() {
      const job = await startJob(stage, {
        ...inSource(sourceOf({ 'a.txt': 'a\n', 'b.txt': 'b\n' }), checkedBy('test -s a.txt')),
        plan: planOf([
          { task_id: 'one', command: 'echo one >> a.txt' },
          { task_id: 'two', command: 'echo two >> b.txt' },
          { task_id: 'nothing', command: 'true' },
          { task_id: 'both', command: 'cat a.txt b.txt > c.txt', depends_on: ['one', 'two'] },
        ]),
      });
      return endedAs(job, 'completed');
    },

    async 'repository-taken-back'() {
      const job = await startJob(stage, {
        ...inSource(sourceOf({ 'a.txt': 'a\n', 'b.txt': 'b\n' }), checkedBy('! grep -q 1 a.txt')),
        plan: planOf([
          { task_id: 'red', command: 'echo $ORCHESTRATOR_ATTEMPT >> a.txt', max_attempts: 3 },
          { task_id: 'green', command: 'echo fine >> b.txt' },
        ]),
      });
      return endedAs(job, 'completed');
    },

    async 'repository-conflict'() {
      const job = await startJob(stage, {
        ...inSource(sourceOf({ 'a.txt': 'a\n' }), { avoid_conflicts: false }),
        plan: planOf([addsTo('one'), addsTo('two')]),
      });
      await decide(job, await decisionAsked(job), 'retry');
      return endedAs(job, 'completed');
    },

    async 'repository-continued'() {
      const [check, second] = [makeGate(studio.folder), makeGate(studio.folder)];
      const job = await startJob(
        stage,
        {
          ...inSource(
            sourceOf({ 'a.txt': 'a\n', 'b.txt': 'b\n' }),
            checkedBy(`grep -q one a.txt || exit 0; ${check.wait}`),
          ),
          plan: planOf([
            { task_id: 'one', command: 'echo one >> a.txt' },
            { task_id: 'two', command: `${second.wait}; echo two >> b.txt` },
          ]),
        },
        { continue_after_events: 60 },
      );
      await check.reached();
      second.open();
      await until(async () => (await job.status()).repository!.queue.length === 2, { what: 'the queue' });
      const runOf = async () =>
        (await stage.client.workflow.getHandle(job.handle.workflowId).describe()).runId;
      const first = await runOf();
      // whatever is asked of the job makes its history longer
      await until(
        async () => {
          await job.update('add_budget', { add_usd: 1 });
          return (await runOf()) !== first;
        },
        { what: 'a new run' },
      );
      check.open();
      return endedAs(job, 'completed');
    },
  };
  return { stage, kinds };
}
