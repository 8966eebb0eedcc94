import type { KeptPlan, Plan } from '../contracts/plan.ts';
import type { ClosedJob } from '../contracts/view.ts';
import type { ArchivedJob } from './archive.ts';
import type { Contents } from './contents.ts';

/** A version of a plan with its tasks. Throws a `not_found` problem when they are not stored any more. */
export async function wholePlan({ getContent }: Pick<Contents, 'getContent'>, kept: KeptPlan): Promise<Plan> {
  if (!('tasks_ref' in kept)) return kept;
  const { tasks_ref, ...rest } = kept;
  return { ...rest, tasks: JSON.parse((await getContent(tasks_ref)).toString('utf8')) as Plan['tasks'] };
}

/** A closed job with all that the archive keeps of it. */
export async function wholeJob(
  contents: Pick<Contents, 'getContent'>,
  job: ClosedJob<KeptPlan>,
): Promise<ArchivedJob> {
  const plans: Plan[] = [];
  for (const kept of job.plans) plans.push(await wholePlan(contents, kept));
  return { ...job, plans };
}
