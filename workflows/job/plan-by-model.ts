import type { CallSubject, ModelAnswer, Repair } from '../../contracts/attempt.ts';
import type { Criterion, Plan } from '../../contracts/plan.ts';
import { nextVersion } from '../../core/plan-version.ts';
import { validatePlan, validateProposal } from '../../core/validate-plan.ts';
import type { Job } from './context.ts';
import { askForJob } from './model.ts';

/** How often an invalid answer is sent back to the model with what is wrong. */
const REPAIRS = 2;

/** A plan, or why the model made none. */
type Planned = { plan: Plan } | { plan: null; problem: string };

/** Has a model plan: objectives and criteria first, then tasks. Null when the job ends meanwhile. */
export async function planByModel(job: Job): Promise<Planned | null> {
  const { spec, feedback, plan: previous_plan } = job.state;
  const first = await answerOf(job, (repair) => ({ purpose: 'objectives', spec, feedback, repair }));
  if (!first || first.problem !== null) return first && { plan: null, problem: first.problem };
  if (first.answer.purpose !== 'objectives') return { plan: null, problem: unexpected(first.answer) };
  const { objectives, constraints, acceptance_criteria } = first.answer;

  const aims = { objectives, constraints, acceptance_criteria };
  const made = await answerOf(
    job,
    (repair) => ({ purpose: 'tasks', spec, ...aims, feedback, previous_plan, repair }),
    (answer) => (answer.purpose === 'tasks' ? problemsOf(job, answer.tasks, acceptance_criteria) : []),
  );
  if (!made || made.problem !== null) return made && { plan: null, problem: made.problem };
  if (made.answer.purpose !== 'tasks') return { plan: null, problem: unexpected(made.answer) };
  const { rationale, tasks } = made.answer;
  return {
    plan: { rationale, ...aims, tasks, ...nextVersion(previous_plan, tasks), source: 'model', warnings: [] },
  };
}

/** What is wrong with proposed tasks, for the model to repair. */
function problemsOf(job: Job, tasks: Plan['tasks'], acceptance_criteria: Criterion[]): string[] {
  const { snapshot, spec } = job.state;
  const draft = { tasks, acceptance_criteria };
  return [...validatePlan(draft, snapshot!), ...validateProposal(draft, snapshot!, spec)].map(
    ({ path, issue }) => `${path}: ${issue}`,
  );
}

/**
 * The answer to one planning question, or why there is none; null when the job ends. One that can't be read, or has
 * problems, is sent back with what is wrong; each repair is a call of its own.
 */
async function answerOf(
  job: Job,
  ask: (repair: Repair | null) => CallSubject,
  problemsIn: (answer: ModelAnswer) => string[] = () => [],
): Promise<{ answer: ModelAnswer; problem: null } | { problem: string } | null> {
  let repair: Repair | null = null;
  for (let tries = 0; tries <= REPAIRS; tries += 1) {
    const outcome = await askForJob(job, ask(repair));
    if (outcome === null) return null;
    if (outcome.status !== 'answered') {
      return { problem: outcome.status === 'blocked' ? outcome.message : outcome.error.message };
    }
    const { answer } = outcome;
    const problems = answer.purpose === 'invalid' ? answer.problems : problemsIn(answer);
    if (problems.length === 0 || !('answer_ref' in answer)) return { answer, problem: null };
    repair = { answer_ref: answer.answer_ref, problems };
  }
  return { problem: `its answer was not valid after ${REPAIRS} repairs: ${repair!.problems.join('; ')}` };
}

const unexpected = ({ purpose }: ModelAnswer): string => `it answered something else: ${purpose}`;
