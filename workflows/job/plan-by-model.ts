import type { ModelAnswer } from '../../contracts/model-call.ts';
import type { Criterion, Plan } from '../../contracts/plan.ts';
import type { JobSpec } from '../../contracts/spec.ts';
import { withoutAliases } from '../../core/agents/aliases.ts';
import { validatePlan, validateProposal } from '../../core/plan/validate.ts';
import { nextVersion, withCriterionIds } from '../../core/plan/version.ts';
import { withinTime } from '../../core/schedule/task-time.ts';
import { askUntilValid } from './ask-until-valid.ts';
import type { Job } from './context.ts';

/** A plan, or why the model made none. */
type Planned = { plan: Plan } | { plan: null; problem: string };

/**
 * Has a model plan: objectives and criteria first, then tasks; steps at once, by what the request itself says. Null
 * when the job ends meanwhile.
 */
export async function planByModel(job: Job): Promise<Planned | null> {
  const { spec, feedback, plan: previous_plan } = job.state;
  const found = spec.plan_form === 'steps' ? { aims: givenAims(spec) } : await findAims(job);
  if (!found || !('aims' in found)) return found;
  const { aims } = found;
  const registered = job.state.snapshot!.agents.filter((agent) => agent.registered || agent.owned);
  const made = await askUntilValid(
    job,
    (repair) => ({
      purpose: 'tasks',
      spec,
      ...inRepository(job),
      ...aims,
      ...{ feedback, previous_plan, registered, repair },
    }),
    (answer) => (answer.purpose === 'tasks' ? problemsOf(job, answer.tasks, aims.acceptance_criteria) : []),
  );
  if (!made || made.problem !== null) return made && { plan: null, problem: made.problem };
  if (made.answer.purpose !== 'tasks') return { plan: null, problem: unexpected(made.answer) };
  const { rationale } = made.answer;
  const known = withoutAliases(made.answer.tasks, job.state.snapshot!);
  const tasks = withinTime(known, spec.task_seconds);
  return {
    plan: { rationale, ...aims, tasks, ...nextVersion(previous_plan, tasks), source: 'model', warnings: [] },
  };
}

type Aims = Pick<Plan, 'objectives' | 'constraints' | 'acceptance_criteria'>;

async function findAims(job: Job): Promise<{ aims: Aims } | { plan: null; problem: string } | null> {
  const { spec, feedback } = job.state;
  const first = await askUntilValid(job, (repair) => ({
    purpose: 'objectives',
    spec,
    ...inRepository(job),
    ...{ feedback, repair },
  }));
  if (!first || first.problem !== null) return first && { plan: null, problem: first.problem };
  if (first.answer.purpose !== 'objectives') return { plan: null, problem: unexpected(first.answer) };
  const { objectives, constraints, acceptance_criteria } = first.answer;
  return { aims: { objectives, constraints, acceptance_criteria } };
}

/** What is in the job's repository, where it has one. */
function inRepository({ state }: Job): { overview_ref?: string } {
  const overview_ref = state.repository?.base?.overview_ref;
  return overview_ref === undefined ? {} : { overview_ref };
}

const givenAims = ({ constraints, acceptance_criteria }: JobSpec): Aims => ({
  objectives: [],
  constraints,
  acceptance_criteria: withCriterionIds(acceptance_criteria),
});

/** What is wrong with proposed tasks, for the model to repair. */
function problemsOf(job: Job, tasks: Plan['tasks'], acceptance_criteria: Criterion[]): string[] {
  const { snapshot, spec } = job.state;
  const draft = { tasks: withoutAliases(tasks, snapshot!), acceptance_criteria };
  return [...validatePlan(draft, snapshot!), ...validateProposal(draft, snapshot!, spec)].map(
    ({ path, issue }) => `${path}: ${issue}`,
  );
}

const unexpected = ({ purpose }: ModelAnswer): string => `it answered something else: ${purpose}`;
