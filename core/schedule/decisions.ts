import type { CommandName } from '../../contracts/command.ts';
import type { Decision, Problem } from '../../contracts/error.ts';
import type { EventType, JobEvent } from '../../contracts/event.ts';

/** Events by which somebody decided, or by which it is seen that something was to be decided. */
export const DECISIVE: readonly EventType[] = [
  'approval.requested',
  'approval.granted',
  'approval.denied',
  'approval.expired',
  'job.approved',
  'job.rejected',
  'job.planning',
  'job.paused',
  'job.resumed',
  'job.cancelled',
  'job.completed',
  'plan.edited',
  'task.completed',
  'task.skipped',
  'task.retrying',
];

/** What a command wants to decide on: the request of an agent, a task, or else the job and its plan. */
interface Target {
  asked?: string;
  task_id?: string;
}

/**
 * The refusal of a command, saying who decided before and what, where that is why: after another's decision a request
 * waits no more, and whoever comes second has lost a race.
 * @param events of the job, in order, those of {@link DECISIVE} among them
 */
export function tellWhoDecided(
  problem: Problem,
  name: CommandName,
  args: { approval_id?: string; task_id?: string },
  events: readonly JobEvent[],
): Problem {
  const target = targetOf(args);
  const about = events.filter((event) => isAbout(event, target));
  const requested = about.find(({ type }) => type === 'approval.requested');
  if (problem.code === 'not_found' && (target.asked === undefined || !requested)) return problem;
  // of an edit that was approved, it is the approval that stops others; only the version is another one by the edit
  const approved = about.findLastIndex(({ type }) => type === 'job.approved');
  const decision = about
    .filter(
      ({ type }, index) => type !== 'plan.edited' || index > approved || problem.code === 'stale_version',
    )
    .map((event) => decisionOf(event, name, requested?.data.kind === 'question'))
    .findLast((one) => one !== null);
  const found = problem.code === 'not_found' ? waitsNoMore(target.asked!) : problem;
  return decision ? withDecision(found, decision) : found;
}

/** The same problem with the decision behind it, in words and as data. */
export function withDecision(problem: Problem, decision: Decision): Problem {
  const { actor, what, at } = decision;
  const said = actor === null ? `${what} at ${at}` : `${actor} ${what} at ${at}`;
  return { ...problem, message: `${problem.message.replace(/\.$/, '')}; ${said}`, decision };
}

const waitsNoMore = (id: string): Problem => ({
  code: 'conflict',
  message: `what was asked under the approval_id '${id}' is no longer waiting`,
});

function targetOf({ approval_id, task_id }: { approval_id?: string; task_id?: string }): Target {
  if (task_id !== undefined) return { task_id };
  if (approval_id === undefined) return {};
  const [, kind, rest] = /^(plan|gate|human)-(.*)$/s.exec(approval_id) ?? [];
  if (kind === 'plan') return {};
  return kind === undefined ? { asked: approval_id } : { task_id: rest! };
}

function isAbout({ type, task_id, data }: JobEvent, { asked, task_id: wanted }: Target): boolean {
  if (asked !== undefined && data.approval_id === asked) return true;
  // what ended the job ended all that waited in it
  if (type === 'job.cancelled' || type === 'job.completed' || type === 'job.rejected') return true;
  if (asked !== undefined) return false;
  // of a task it is its gate; what its agent asks is decided by itself
  const isAsk = String(data.approval_id ?? '').startsWith('ask-');
  return wanted === undefined ? task_id === undefined : task_id === wanted && !isAsk;
}

const HALTS: readonly CommandName[] = ['pause', 'resume'];
const OF_PLAN: readonly CommandName[] = ['approve', 'reject', 'revise', 'replace_plan', 'decide_approval'];
const OF_ITS_VERSION: readonly CommandName[] = [...OF_PLAN, 'change_plan'];

/** Which commands a decision about the whole job can be in the way of; others are of a task, or ended the job. */
const EXPLAINS: Partial<Record<EventType, readonly CommandName[]>> = {
  'job.paused': HALTS,
  'job.resumed': HALTS,
  'job.approved': OF_PLAN,
  'job.planning': OF_ITS_VERSION,
  'plan.edited': OF_ITS_VERSION,
};

/** What somebody did by an event, or that nobody did in time; null where it decided nothing. */
function decisionOf({ type, task_id, actor, at, data }: JobEvent, name: CommandName, isQuestion: boolean) {
  if (type === 'approval.expired') return { actor: null, what: 'nobody decided in time: it expired', at };
  const by = actor ?? (type === 'job.completed' ? data.accepted_by : undefined);
  if (typeof by !== 'string') return null;
  const explained = type === 'approval.denied' && data.kind === 'plan' ? OF_ITS_VERSION : EXPLAINS[type];
  if (explained && !explained.includes(name)) return null;
  const what = WORDS[type]?.({
    it: task_id === undefined ? 'it' : `the task '${task_id}'`,
    data,
    isQuestion,
  });
  return what === undefined ? null : { actor: by, what, at };
}

interface Said {
  it: string;
  data: Record<string, unknown>;
  isQuestion: boolean;
}

const isOfAgent = ({ data }: Said): boolean => data.kind !== 'gate' && data.kind !== 'plan';

const WORDS: Partial<Record<EventType, (said: Said) => string>> = {
  'approval.granted': (said) =>
    isOfAgent(said) ? (said.isQuestion ? 'answered it' : 'approved it') : `approved ${said.it}`,
  'approval.denied': (said) =>
    isOfAgent(said)
      ? 'denied it'
      : `rejected ${said.data.kind === 'plan' ? 'the version of the plan' : said.it}`,
  'job.approved': ({ data }) => `approved version ${data.plan_version} of the plan`,
  'job.rejected': () => 'rejected the plan',
  'job.planning': () => 'asked for another plan',
  'job.paused': () => 'paused the job',
  'job.resumed': () => 'resumed the job',
  'job.cancelled': () => 'cancelled the job',
  'job.completed': () => 'finished the job as it was',
  'plan.edited': () => 'edited the plan',
  'task.completed': ({ it }) => `completed ${it}`,
  'task.skipped': ({ it, data }) => `${data.reason === 'rejected' ? 'rejected' : 'skipped'} ${it}`,
  'task.retrying': ({ it }) => `had ${it} tried again`,
};
