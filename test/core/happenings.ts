import fc from 'fast-check';
import type { CommandArgs, CommandName } from '../../contracts/command.ts';
import type { Task } from '../../contracts/plan.ts';
import type { JobState } from '../../core/state/job-state.ts';
import type { Happening } from './history.ts';
import { approvedJob, dag, proposedJob, taskOf } from './samples.ts';

const ids = ['t0', 't1', 't2', 't3', 't4', 't5', 'constructor', 'nobody'];
const taskId = fc.constantFrom(...ids);
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 });
const actor = optional(fc.constantFrom('alice', 'bob'));
/** Fields that are left out are not there at all, as after parsing. */
const args = (model: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<CommandArgs> =>
  fc
    .record({ actor, request_id: optional(fc.nat(20).map((n) => `r${n}`)), ...model })
    .map(
      (record) =>
        Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as CommandArgs,
    );

const note = optional(fc.constant('because'));
const version = optional(fc.integer({ min: 1, max: 3 }));
/** Arguments of every command, as they are after parsing. */
export const commands: { [N in CommandName]: fc.Arbitrary<CommandArgs> } = {
  approve: args({ plan_version: version, note }),
  reject: args({ reason: note }),
  revise: args({ feedback: fc.constant('smaller') }),
  replace_plan: args({ plan: dag(5).map((tasks) => ({ tasks })), version }),
  change_plan: fc
    .tuple(dag(3), fc.subarray(ids.slice(0, 4)), fc.subarray(ids.slice(0, 6)), fc.nat(9))
    .chain(([tasks, drop, behind, n]) =>
      args({
        version,
        add: fc.constantFrom([], [taskOf(`n${n}`, { depends_on: behind.slice(0, 2) })]),
        change: fc.constantFrom(
          [],
          tasks.map(({ task_id, depends_on }) => ({ task_id, depends_on, title: 'else' })).slice(0, 1),
          behind.slice(0, 1).map((task_id) => ({ task_id, depends_on: [] })),
        ),
        drop: fc.constantFrom([], drop.slice(0, 1), drop),
      }),
    ),
  retry_task: args({
    task_id: taskId,
    modified_prompt: optional(fc.constant('try it this way')),
    agent: optional(fc.constantFrom('general', 'human', 'command')),
  }),
  skip_task: args({ task_id: taskId, reason: note }),
  complete_task: args({
    task_id: taskId,
    output: fc.constant('done by hand'),
    outputs: optional(fc.constant({ n: 1 })),
  }),
  approve_task: args({ task_id: taskId, note }),
  reject_task: args({ task_id: taskId, reason: note }),
  decide_approval: args({
    approval_id: fc.oneof(
      taskId.chain((id) => fc.constantFrom(`gate-${id}`, `human-${id}`)),
      fc.constantFrom('plan-1', 'plan-2', 'plan-99'),
    ),
    decision: fc.constantFrom('approve', 'deny'),
    answer: note,
  }),
  pause: args({ note }),
  resume: args({}),
  cancel: args({ reason: note }),
  finish: args({}),
  release_gates: args({ note, hold: optional(fc.constantFrom('none', 'risk', 'all')) }),
  send_message: args({
    to: fc.oneof(taskId, fc.constantFrom('all', 'general')),
    content: fc.constant('hear me'),
  }),
  add_budget: args({ add_usd: fc.constantFrom(0.01, 0.5, 3) }),
};

/** How often a command comes: those that end everything seldom, or no history would be long. */
const weight = (name: CommandName): number =>
  ['cancel', 'reject', 'finish', 'pause'].includes(name) ? 1 : name.endsWith('_task') ? 8 : 4;

const anyCommand: fc.Arbitrary<Happening> = fc.oneof(
  ...Object.entries(commands).map(([name, arbitrary]) => ({
    weight: weight(name as CommandName),
    arbitrary: arbitrary.map((given) => ({
      kind: 'command' as const,
      name: name as CommandName,
      args: given,
    })),
  })),
);

const outcome = fc.oneof(
  { weight: 6, arbitrary: fc.constant('completed' as const) },
  { weight: 4, arbitrary: fc.constant('failed' as const) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      'cancelled',
      'no_provider',
      'budget_exhausted',
      'host_lost',
      'waiting_for_person',
    ),
  },
);
const usd = fc.constantFrom(0, 0.1, 0.2, 0.3, 1, 2.5);

/** Anything that may happen. */
export const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('operate'), pick: fc.nat(99) }) },
  { weight: 14, arbitrary: fc.record({ kind: fc.constant('settle'), pick: fc.nat(9), outcome }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('settle_late'), pick: fc.nat(9) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('lease_request'),
      pick: fc.nat(9),
      amount_usd: usd,
      again: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('lease_return'),
      pick: fc.nat(9),
      share: fc.constantFrom(0, 1 / 3, 1),
      again: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('park'), pick: fc.nat(9) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('want_slot'), pick: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('time'), seconds: fc.constantFrom(1, 30) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('story'), unmet: fc.boolean() }) },
  { weight: 7, arbitrary: anyCommand },
) as fc.Arbitrary<Happening>;

const fields: fc.Arbitrary<Partial<Task>> = fc.record({
  estimated_seconds: fc.integer({ min: 1, max: 5 }),
  approval: fc.constantFrom('none', 'none', 'none', 'required'),
  approval_expires_seconds: fc.constantFrom(null, 20),
  agent: fc.constantFrom(null, null, 'general', 'human'),
  budget_usd: fc.constantFrom(null, null, null, 0.3),
});

/** A job about to be approved, or approved, with a random plan. */
export const anyJob: fc.Arbitrary<JobState> = fc
  .record({
    tasks: dag(6, fields),
    approved: fc.integer({ min: 0, max: 9 }).map((n) => n > 0),
    max_workers: fc.integer({ min: 1, max: 3 }),
    budget_usd: fc.constantFrom(null, 0, 0.5, 3),
    on_task_failure: fc.constantFrom(
      'review' as const,
      'review' as const,
      'continue' as const,
      'fail' as const,
    ),
    approval: fc.constantFrom('required' as const, 'every_version' as const),
  })
  .map(({ tasks, approved, ...spec }) => (approved ? approvedJob : proposedJob)(tasks, spec));

/** A job and what happens to it. */
export const anyHistory = (length = 50): fc.Arbitrary<[JobState, Happening[]]> =>
  fc.tuple(anyJob, fc.array(happening, { maxLength: length, size: 'max' }));
