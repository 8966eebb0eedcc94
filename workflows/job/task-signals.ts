import { patched, type SignalDefinition, setDefaultSignalHandler, setHandler } from '@temporalio/workflow';
import type { Problem } from '../../contracts/error.ts';
import { answerRequest } from '../../core/boss/answers.ts';
import { progressMessage } from '../../core/boss/reports.ts';
import { addAsk } from '../../core/messages/asks.ts';
import { checkMessage, postMessage } from '../../core/messages/messages.ts';
import { settleLease } from '../../core/money/budget.ts';
import { roundUsd } from '../../core/money/cost.ts';
import { agentAppeared, requestLease, requestSlot, returnSlot } from '../../core/schedule/waiting.ts';
import { isBossTask, taskStateOf } from '../../core/state/job-state.ts';
import * as messages from '../messages.ts';
import { fits } from '../signal-shapes.ts';
import type { Children } from './children.ts';
import { type Job, now } from './context.ts';
import { refuse } from './refuse.ts';
import { repositoryStory } from './repository-story.ts';

/**
 * Sets the handlers of what a job's tasks say. Anybody with access to Temporal can send the same: what no task would
 * say is refused, and changes nothing.
 */
export function setTaskSignals(job: Job, children: Children): void {
  const { state } = job;
  const on = <A>(signal: SignalDefinition<[A]>, take: (given: A) => void) =>
    setHandler(signal, (given) => {
      // jobs of earlier versions took everything, and replay so
      if (fits(signal.name, given) || !patched('signals-checked')) take(given);
      else refuse(job, signal.name, NOT_SAID);
    });
  on(messages.leaseRequest, (lease) => {
    const { refused: reason } = requestLease(state, lease);
    const { task_id, lease_id } = lease;
    if (reason !== null) children.answerLease({ task_id, lease_id, granted: false, reason });
    job.touch();
  });
  on(messages.leaseReturn, ({ task_id, lease_id, spent_usd }) => {
    if (state.budget.leases[lease_id]?.task_id !== task_id) return;
    const task = taskStateOf(state, task_id);
    if (task) task.cost_usd = roundUsd(task.cost_usd + spent_usd);
    job.emit(settleLease(state.budget, lease_id, spent_usd));
  });
  on(messages.slotReturn, ({ task_id, parked_until, why }) => {
    job.emit(returnSlot(state, task_id, parked_until, why));
    job.touch();
  });
  on(messages.slotRequest, ({ task_id }) => {
    if (taskStateOf(state, task_id)?.holds_slot) children.grantSlot(task_id);
    else requestSlot(state, task_id);
    job.touch();
  });
  on(messages.taskReport, ({ task_id, generation, attempt, type, data }) => {
    const task = taskStateOf(state, task_id);
    if (task?.status !== 'running' || task.generation !== generation) return;
    task.attempt = attempt + (type === 'task.retrying' ? 1 : 0);
    job.emit([{ type, task_id, attempt, data }]);
    if (type === 'task.progress') job.emit(progressMessage(state, task_id, data, now()));
  });
  setHandler(messages.workDone, async (work) => {
    if (!fits(messages.workDone.name, work)) return refuse(job, messages.workDone.name, NOT_SAID);
    (await repositoryStory()).takeWork(job, children, work);
  });
  on(messages.agentAppeared, ({ task_ids }) => {
    job.emit(agentAppeared(state, task_ids));
  });
  on(messages.ask, ({ task_id, generation, ask, idle = true }) => {
    if (taskStateOf(state, task_id)?.generation === generation) job.emit(addAsk(state, task_id, ask, idle));
  });
  on(messages.postMessage, ({ task_id, generation, post_id, to, content }) => {
    const task = taskStateOf(state, task_id);
    if (task?.status !== 'running' || task.generation !== generation) return;
    const draft = { from_task_id: task_id, to, content };
    const problem = checkMessage(state, draft);
    if (!problem) job.emit(postMessage(state, draft, now()));
    children.answerPost(task_id, { post_id, refused: problem?.message ?? null });
    job.touch();
  });
  on(messages.leadRequest, ({ task_id, generation, requests }) => {
    const task = taskStateOf(state, task_id);
    if (task?.status !== 'running' || task.generation !== generation || !isBossTask(state, task_id)) return;
    const answers = requests.flatMap((request) => {
      const { answer, events } = answerRequest(state, request, now());
      job.emit(events);
      return answer ? [answer] : [];
    });
    if (answers.length > 0) children.answerLead(answers);
    job.touch();
  });
  on(messages.taskAdopted, ({ task_id, generation }) => {
    // the run before this one may have asked it, and not waited for its answer
    if (taskStateOf(state, task_id)?.adopted) return;
    if (!children.isAsked(task_id) && patched('signals-checked')) {
      return refuse(job, messages.taskAdopted.name, NOT_ASKED);
    }
    const task = taskStateOf(state, task_id);
    if (task?.generation === generation) task.adopted = true;
    job.touch();
  });
  on(messages.taskSettled, (settlement) => {
    const task = taskStateOf(state, settlement.task_id);
    const isOpen = task?.status === 'running' && task.generation === settlement.generation;
    // the two signals may pass each other on their way
    const isAsked = task?.adopted || children.isAsked(settlement.task_id);
    if ((isAsked && isOpen) || !patched('signals-checked')) return children.settled(settlement);
    // late, or twice; what is not is said to its parent, and nothing but that is believed
    if (isOpen) refuse(job, messages.taskSettled.name, NOT_ASKED);
  });
  // last: it takes all that came before it was set and has no handler yet
  setDefaultSignalHandler((name) => {
    if (patched('signals-checked'))
      refuse(job, name, { code: 'not_found', message: 'there is no such signal' });
  });
}

const NOT_ASKED: Problem = {
  code: 'conflict',
  message: 'the job has not asked the task to report by signal; its end is that of its workflow',
};

const NOT_SAID: Problem = {
  code: 'validation',
  message: 'its argument is not what a task of the job sends; operators send commands',
};
