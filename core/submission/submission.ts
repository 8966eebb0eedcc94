import type { RosterSnapshot } from '../../contracts/agent.ts';
import type { FieldIssue, Problem } from '../../contracts/error.ts';
import type { Criterion, PlanInput } from '../../contracts/plan.ts';
import type { JobSpec } from '../../contracts/spec.ts';
import { Submission } from '../../contracts/submission.ts';
import { commandAllowed, commandIssues } from '../agents/command-policy.ts';
import { checkJobAgents, withJobAgents } from '../agents/job-agents.ts';
import { expandSubmission, refersAt } from '../parameters/expand.ts';
import { withReferredTasks } from '../plan/referring.ts';
import { jsonBytes, validateCriteria, validatePlan, withTaskIds } from '../plan/validate.ts';
import { withCriterionIds } from '../plan/version.ts';
import { issuesBySchema } from '../text/known-fields.ts';
import { NO_REPOSITORIES, type RepositoryPolicy, repositoryIssues } from './repository.ts';
import { toJobSpec } from './spec.ts';

/** A submission that can be started, or everything that is wrong with it. */
export type CheckedSubmission = { ok: true; spec: JobSpec } | { ok: false; problem: Problem };

/** What a job is started with: the largest body that there is, and its defaults. */
const SPEC_BYTES = 9_500_000;

/**
 * Checks the body of `POST /orchestrate/submit` against the rules in force: shape, contradictions, limits, the
 * given plan, commands. All problems are told at once, by field.
 * @param repositories that jobs may work in; left out: none; null: it is not known which
 */
export function checkSubmission(
  given: unknown,
  snapshot: RosterSnapshot,
  repositories: RepositoryPolicy | null = NO_REPOSITORIES,
): CheckedSubmission {
  const { body, issues } = expandSubmission(given);
  const parsed = Submission.safeParse(body);
  if (!parsed.success) {
    // what a value would stand in the place of is not wrong because the value is missing
    issues.push(
      ...issuesBySchema(parsed.error, Submission).filter(
        ({ path }) => issues.length === 0 || !refersAt(body, path),
      ),
    );
  } else if (issues.length === 0) {
    const { spec, issues: contradictions } = toJobSpec(parsed.data);
    const agents = checkJobAgents(spec.agents ?? [], { snapshot });
    issues.push(...contradictions, ...leaderIssues(spec, snapshot));
    issues.push(...repositoryIssues(spec, repositories, snapshot));
    if (!agents.ok) issues.push(...within('agents', agents.issues, issues));
    if (spec.plan) {
      const referring = withReferredTasks(spec.plan.tasks);
      issues.push(...within('plan', referring.issues, issues));
      spec.plan = { ...spec.plan, tasks: referring.tasks };
    }
    issues.push(...planIssues(spec, withJobAgents(snapshot, spec.agents ?? [])));
    const bytes = jsonBytes(spec);
    if (bytes > SPEC_BYTES) {
      const issue = `it is ${bytes} bytes of JSON with its defaults; at most ${SPEC_BYTES} are allowed: put long texts into files`;
      issues.push({ path: '', issue });
    }
    const { max_workers } = snapshot.limits;
    if (!Object.hasOwn(Object(body), 'max_workers'))
      spec.max_workers = Math.min(spec.max_workers, max_workers);
    else if (spec.max_workers > max_workers) {
      issues.push({ path: 'max_workers', issue: `at most ${max_workers} are allowed here` });
    }
    if (issues.length === 0) return { ok: true, spec };
  }
  const message = 'The submission is not valid; nothing was started.';
  return { ok: false, problem: { code: 'validation', message, fields: withTaskIds(issues, body) } };
}

/** Everything that keeps a plan given by a person from running, by field of the plan. */
export function givenPlanIssues(
  plan: PlanInput,
  otherCriteria: readonly Criterion[],
  snapshot: RosterSnapshot,
): FieldIssue[] {
  const acceptance_criteria = plan.acceptance_criteria
    ? withCriterionIds(plan.acceptance_criteria)
    : [...otherCriteria];
  const issues = validatePlan({ tasks: plan.tasks, acceptance_criteria }, snapshot);
  plan.tasks.forEach((task, index) => {
    if (snapshot.commands === 'off') return; // told by the agent already
    const refused = commandIssues(task, snapshot);
    issues.push(...refused.map(({ path, issue }) => ({ path: `tasks.${index}.${path}`, issue })));
  });
  if (plan.acceptance_criteria) issues.push(...criterionIssues(acceptance_criteria, snapshot));
  return issues;
}

/** Why the agent that is to lead cannot. */
function leaderIssues(
  { strategy, boss_agent, agents = [] }: JobSpec,
  { agents: roster }: RosterSnapshot,
): FieldIssue[] {
  if (strategy !== 'boss' || agents.some(({ agent_id }) => agent_id === boss_agent)) return [];
  const known = roster.find(({ name }) => name === boss_agent);
  if (known?.kind === 'llm') return [];
  const issue = known
    ? `'${boss_agent}' is of the kind ${known.kind} and cannot lead`
    : `there is no agent '${boss_agent}'; list it under agents, or name one of the roster`;
  return [{ path: 'boss_agent', issue }];
}

/** The issues of a field, but for those that are told already. */
const within = (field: string, issues: readonly FieldIssue[], told: readonly FieldIssue[]): FieldIssue[] =>
  issues
    .map(({ path, issue }) => ({ path: path === '' ? field : `${field}.${path}`, issue }))
    .filter(({ path }) => !told.some((other) => other.path === path));

function planIssues(spec: JobSpec, snapshot: RosterSnapshot): FieldIssue[] {
  const criteria = withCriterionIds(spec.acceptance_criteria);
  const own = criterionIssues(criteria, snapshot);
  const ownCriteria = spec.plan?.acceptance_criteria !== undefined;
  // those that a given plan goes by are checked with it
  if (spec.plan === null || ownCriteria) own.push(...validateCriteria(criteria));
  if (spec.plan === null) return own;
  const issues = givenPlanIssues(spec.plan, criteria, snapshot).map(({ path, issue }) => ({
    // without criteria of its own, the plan is checked against those of the submission
    path: path.startsWith('acceptance_criteria') && !ownCriteria ? path : `plan.${path}`,
    issue,
  }));
  return [...own, ...issues];
}

function criterionIssues(criteria: readonly Criterion[], snapshot: RosterSnapshot): FieldIssue[] {
  return criteria.flatMap((criterion, index) => {
    const refused = criterion.command === undefined ? undefined : commandAllowed(criterion.command, snapshot);
    return refused === undefined ? [] : [{ path: `acceptance_criteria.${index}.command`, issue: refused }];
  });
}
