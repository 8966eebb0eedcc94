import type { JobMessage } from '../../contracts/message.ts';
import type { JobSpec } from '../../contracts/spec.ts';
import { fault, turn } from '../agents/setup.ts';
import type { FakeCall } from '../fakes/anthropic-call.ts';
import type { StepInput } from '../fakes/anthropic-script.ts';
import { startJob, type TestJob } from '../setup/jobs.ts';
import type { TestWorker } from '../setup/worker.ts';

/** Workers read of the goal, too. */
export const OF_BOSS = { system_includes: 'The project ends only when you call' };

/** What the boss of a project does in a turn, when its prompt holds all of `about`. */
export const lead = (
  about: string | string[],
  calls: [name: string, input: Record<string, unknown>][],
  rest: Partial<StepInput> & { text?: string; output_tokens?: number } = {},
): StepInput => {
  const { text, output_tokens, ...more } = rest;
  const usage = output_tokens === undefined ? {} : { usage: { output_tokens } };
  // without ids: a step may be answered more than once
  const tool_use = calls.map(([name, input]) => ({ name, input }));
  return turn(
    about,
    { ...(text === undefined ? {} : { text }), ...usage, tool_use },
    { ...OF_BOSS, ...more },
  );
};

export const delegate = (agent_id: string, task_description: string, context?: string) =>
  ['delegate_task', { agent_id, task_description, ...(context ? { context } : {}) }] as [
    string,
    Record<string, unknown>,
  ];

export const complete = (summary: string, status = 'completed') =>
  ['project_complete', { summary, status }] as [string, Record<string, unknown>];

/** A boss that has nothing to do ends its turn; as often as the order of results makes it. */
export const waits = (about: string | string[], times = 20): StepInput =>
  turn(about, { text: 'I wait for what comes.' }, { times, ...OF_BOSS });

/** A model call of a worker that fails for good. */
export const fails = (about: string, message: string): StepInput =>
  fault(about, { type: 'error', status: 400, error_type: 'invalid_request_error', message });

const WORKERS = ['ann', 'bob', 'cid', 'dee'] as const;
/** Members of the projects of tests. */
export const team = (): NonNullable<JobSpec['agents']> =>
  WORKERS.map((agent_id) => ({ agent_id, role: 'worker', specialty: 'general' }));

/** Starts a project with that goal. */
export const startProject = (
  worker: Pick<TestWorker, 'client' | 'store'>,
  goal: string,
  spec: Partial<JobSpec> = {},
  settings: Parameters<typeof startJob>[2] = {},
): Promise<TestJob> =>
  startJob(
    worker,
    { title: 'A project', description: goal, strategy: 'boss', boss_agent: 'boss', agents: team(), ...spec },
    settings,
  );

/** What was said, in order. */
export async function messagesOf(job: Pick<TestJob, 'events'>): Promise<JobMessage[]> {
  const said = (await job.events()).filter(({ type }) => type === 'message');
  return said.map(({ data }) => data as unknown as JobMessage);
}

/** `kind from -> to` of each message. */
export const linesOf = (messages: readonly JobMessage[]): string[] =>
  messages.map(({ kind, from_agent, to_agent }) => `${kind} ${from_agent} -> ${to_agent ?? 'all'}`);

/** How often a text stands in the request. */
export const timesIn = ({ body }: FakeCall, text: string): number =>
  JSON.stringify(body.messages).split(text).length - 1;
