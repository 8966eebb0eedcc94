import type { Role } from './access.ts';
import type { CommandName } from './command.ts';

/** Where a command is given, besides Temporal. */
interface CommandRoute {
  method: 'post' | 'put' | 'patch';
  path: `/orchestrate/{job_id}/${string}`;
  /** the least role that it takes */
  role: Role;
  /** its part of the OpenAPI document */
  tag: 'Commands' | 'Plans' | 'Tasks' | 'Approvals' | 'Messages';
  summary: string;
  /** of the command line; null: it has none */
  verb: string | null;
}

const role = 'operator' as const;
const job = { method: 'post', role, tag: 'Commands' } as const;
const task = { method: 'post', role, tag: 'Tasks' } as const;
const plan = { path: '/orchestrate/{job_id}/plan', role, tag: 'Plans' } as const;

/** The route of every command, its role, and its verb of the command line. */
export const COMMAND_ROUTES = {
  approve: {
    ...job,
    path: '/orchestrate/{job_id}/approve',
    summary: 'Approve the plan: its tasks begin',
    verb: 'approve',
  },
  reject: {
    ...job,
    path: '/orchestrate/{job_id}/reject',
    summary: 'Reject the plan: the job ends',
    verb: 'reject',
  },
  revise: {
    ...job,
    path: '/orchestrate/{job_id}/revise',
    summary: 'Have the plan made again with the feedback',
    verb: 'revise',
  },
  replace_plan: {
    ...plan,
    method: 'put',
    summary: 'Replace the proposed plan with an edited one, as the next version',
    verb: 'edit-plan',
  },
  change_plan: {
    ...plan,
    method: 'patch',
    summary: 'Add, change or drop tasks that have not started, even while others run, as the next version',
    verb: 'change-plan',
  },
  retry_task: {
    ...task,
    path: '/orchestrate/{job_id}/task/{task_id}/retry',
    summary: 'Try a failed or blocked task again, with all that was skipped because of it',
    verb: 'retry',
  },
  skip_task: {
    ...task,
    path: '/orchestrate/{job_id}/task/{task_id}/skip',
    summary: 'Continue without the task: its dependents run',
    verb: 'skip',
  },
  complete_task: {
    ...task,
    path: '/orchestrate/{job_id}/task/{task_id}/complete',
    summary: 'Supply the output of a task by hand: one for a person, or one that is blocked or failed',
    verb: 'complete',
  },
  approve_task: {
    ...task,
    path: '/orchestrate/{job_id}/task/{task_id}/approve',
    summary: "Open the task's gate",
    verb: 'approve-task',
  },
  reject_task: {
    ...task,
    path: '/orchestrate/{job_id}/task/{task_id}/reject',
    summary: "Close the task's gate: it and its dependents are skipped",
    verb: 'reject-task',
  },
  decide_approval: {
    ...job,
    tag: 'Approvals',
    path: '/orchestrate/{job_id}/approvals/{approval_id}',
    summary: 'Approve, deny or answer what is waiting; reviews are settled by the commands they name (409)',
    verb: 'decide',
  },
  release_gates: {
    ...job,
    path: '/orchestrate/{job_id}/release',
    summary: 'Open every gate that is waiting now; say which tasks wait from now on',
    verb: null,
  },
  pause: {
    ...job,
    path: '/orchestrate/{job_id}/pause',
    summary: 'Start no further tasks',
    verb: 'pause',
  },
  resume: {
    ...job,
    path: '/orchestrate/{job_id}/resume',
    summary: 'Continue after a pause',
    verb: 'resume',
  },
  cancel: {
    ...job,
    path: '/orchestrate/{job_id}/cancel',
    summary: 'Stop everything the job is doing and end it',
    verb: 'cancel',
  },
  finish: {
    ...job,
    path: '/orchestrate/{job_id}/finish',
    summary: 'End a job in review with what it has',
    verb: 'finish',
  },
  add_budget: {
    ...job,
    path: '/orchestrate/{job_id}/budget',
    summary: 'Add money; tasks that ran out of it continue',
    verb: 'budget',
  },
  send_message: {
    ...job,
    tag: 'Messages',
    path: '/orchestrate/{job_id}/messages',
    summary: 'Write to an agent of the job, or to all; read on the next turn',
    verb: 'message',
  },
} as const satisfies Record<CommandName, CommandRoute>;
