import type { JobEvent } from '../../contracts/event.ts';
import type { EndedPhase, Phase, PhaseClock, PhaseOutcome, TracePlace } from '../../contracts/phase.ts';

/** A clock before anything happened. */
export const newPhaseClock = (): PhaseClock => ({ open: {}, rounds: {}, ended: [] });

/**
 * Times the phases of a job by its own events: takes in further ones. A phase still open at the job's end is cut there.
 * @param start which start of its task the event is about, from 1; 0 where it is about none
 */
export function followPhases(clock: PhaseClock, event: JobEvent, start: number): void {
  const { type, task_id } = event;
  const kind = OUTCOMES[type];
  if (kind) {
    const [job] = take(clock, 'job');
    for (const key of Object.keys(clock.open)) end(clock, event, key, 'cut');
    if (job) clock.open.job = job;
    end(clock, event, 'job', kind);
    return;
  }
  if (type.startsWith('approval.')) followApproval(clock, event);
  else if (task_id !== undefined) followTask(clock, event, task_id, start);
  else followJob(clock, event);
}

/** Takes out what has ended with events up to that one; it is told to the database then. */
export function forgetPhases(clock: PhaseClock, seq: number): void {
  clock.ended = clock.ended.filter((phase) => phase.seq > seq);
}

/** The phase that the job itself is in; undefined between two. */
export function placeNow(clock: PhaseClock | undefined): TracePlace | undefined {
  const open = (['verify', 'synthesis', 'dispatch', 'plan'] as const).find((phase) => clock?.open[phase]);
  return open && { phase: open, round: clock!.open[open]!.round };
}

const OUTCOMES: Partial<Record<JobEvent['type'], PhaseOutcome>> = {
  'job.completed': 'completed',
  'job.failed': 'failed',
  'job.cancelled': 'cancelled',
  'job.rejected': 'rejected',
};

/** What begins and ends with an event of the job itself. */
const OF_JOB: Partial<Record<JobEvent['type'], { ends?: Phase[]; begins?: Phase }>> = {
  'job.submitted': { begins: 'job' },
  'job.planning': { begins: 'plan' },
  'plan.proposed': { ends: ['plan'] },
  'job.approved': { ends: ['approval_wait'] },
  'job.running': { begins: 'dispatch' },
  'job.synthesizing': { ends: ['dispatch'], begins: 'synthesis' },
  'job.verifying': { ends: ['dispatch', 'synthesis'], begins: 'verify' },
  'criterion.judged': { ends: ['verify'] },
};

function followJob(clock: PhaseClock, event: JobEvent): void {
  const { ends = [], begins } = OF_JOB[event.type] ?? {};
  for (const phase of ends) end(clock, event, phase);
  if (begins) begin(clock, event, begins);
}

function followTask(clock: PhaseClock, event: JobEvent, task_id: string, start: number): void {
  const key = { queue: `queue_wait ${task_id}`, run: `run ${task_id}` };
  if (event.type === 'task.ready') {
    if (!clock.open.dispatch) begin(clock, event, 'dispatch');
    begin(clock, event, 'queue_wait', key.queue);
  } else if (event.type === 'task.started') {
    end(clock, event, key.queue);
    begin(clock, event, 'run', key.run, start);
  }
  const merge = `merge ${task_id}`;
  if (event.type === 'merge.queued') begin(clock, event, 'merge', merge);
  const merged = MERGE_ENDS[event.type];
  if (merged) end(clock, event, merge, merged);
  const outcome = TASK_ENDS[event.type];
  if (!outcome) return;
  delete clock.open[merge];
  end(clock, event, key.run, outcome);
  delete clock.open[key.queue];
  if (outcome === 'blocked') return;
  // what waited for a person within the task has its answer: that of a task done by hand is the task's end
  for (const waiting of approvalKeys(clock, task_id)) {
    if (outcome === 'completed') end(clock, event, waiting);
    else delete clock.open[waiting];
  }
}

const MERGE_ENDS: Partial<Record<JobEvent['type'], PhaseOutcome>> = {
  'merge.landed': 'done',
  'merge.taken_back': 'failed',
  'merge.conflict': 'failed',
};

const TASK_ENDS: Partial<Record<JobEvent['type'], PhaseOutcome>> = {
  'task.completed': 'completed',
  'task.failed': 'failed',
  'task.blocked': 'blocked',
  'task.cancelled': 'cancelled',
  'task.skipped': 'cancelled',
};

const PLAN_APPROVAL = 'approval_wait';

/** Of a plan, however often it is edited, one wait; of tasks one for everything that is asked. */
function followApproval(clock: PhaseClock, event: JobEvent): void {
  const { task_id, data } = event;
  const of = task_id === undefined ? PLAN_APPROVAL : approvalKey(task_id, String(data.approval_id ?? ''));
  if (event.type === 'approval.requested') {
    begin(clock, event, 'approval_wait', of);
    return;
  }
  // a decision on a gate does not name it
  const key = clock.open[of] || task_id === undefined ? of : approvalKeys(clock, task_id)[0];
  if (key) end(clock, event, key);
}

const approvalKey = (task_id: string, approval_id: string): string => `approval ${task_id} ${approval_id}`;
const approvalKeys = (clock: PhaseClock, task_id: string): string[] =>
  Object.keys(clock.open).filter((key) => key.startsWith(approvalKey(task_id, '')));

function begin(clock: PhaseClock, event: JobEvent, phase: Phase, key: string = phase, start = 0): void {
  const { at, task_id } = event;
  if (clock.open[key]) return;
  const round = start || (clock.rounds[phase] ?? 0) + 1;
  if (start === 0) clock.rounds[phase] = round;
  clock.open[key] = {
    phase,
    round,
    dispatch: phase === 'dispatch' ? 0 : (clock.open.dispatch?.round ?? 0),
    ...(task_id === undefined ? {} : { task_id }),
    began_at: at,
  };
}

function end(clock: PhaseClock, event: JobEvent, key: string, outcome: PhaseOutcome = 'done'): void {
  for (const open of take(clock, key)) {
    const ended: EndedPhase = { ...open, seq: event.seq, ended_at: event.at, outcome };
    clock.ended.push(ended);
  }
}

function take(clock: PhaseClock, key: string) {
  const open = clock.open[key];
  delete clock.open[key];
  return open ? [open] : [];
}
