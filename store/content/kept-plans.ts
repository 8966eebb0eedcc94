import type { KeptPlan, Plan } from '../../contracts/plan.ts';
import type { ClosedJob } from '../../contracts/view.ts';
import type { ArchivedJob } from '../jobs/archive.ts';
import type { Contents } from './contents.ts';

/** A version of a plan with its tasks. Throws a `not_found` problem when they are not stored any more. */
export async function wholePlan({ getContent }: Pick<Contents, 'getContent'>, kept: KeptPlan): Promise<Plan> {
  if (!('tasks_ref' in kept)) return kept;
  const { tasks_ref, ...rest } = kept;
  return { ...rest, tasks: JSON.parse((await getContent(tasks_ref)).toString('utf8')) as Plan['tasks'] };
}

/** Characters of JSON up to which the row of a closed job holds the tasks of a version itself. */
const FEW_CHARS = 50_000;

/** A closed job as its row is to hold it: with the tasks of large versions by the hash of their JSON. */
export async function withPlansStored(
  { putContent }: Pick<Contents, 'putContent'>,
  job: ClosedJob<KeptPlan>,
): Promise<ArchivedJob> {
  const plans: KeptPlan[] = [];
  for (const plan of job.plans) {
    const source = 'tasks' in plan ? JSON.stringify(plan.tasks) : '';
    if (source.length <= FEW_CHARS) plans.push(plan);
    else {
      const { tasks: _, ...rest } = plan as Plan;
      const { sha256 } = await putContent({ job_id: job.view.job_id, source });
      plans.push({ ...rest, tasks_ref: sha256 });
    }
  }
  return { ...job, plans };
}
