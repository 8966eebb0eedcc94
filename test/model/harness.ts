import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Info } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createModelActivities, type ModelActivities, type ModelDeps } from '../../activities/model/index.ts';
import { createRateLimiter } from '../../activities/model/rate-limit.ts';
import type { CallInput } from '../../activities/types.ts';
import type { DependencyResult } from '../../contracts/artifact.ts';
import type { AttemptRequest, JobBrief } from '../../contracts/attempt.ts';
import { Config, type LlmAgentSettings, type RosterAgent } from '../../contracts/config.ts';
import type { Note } from '../../contracts/event.ts';
import type { CallResult, CallSubject } from '../../contracts/model-call.ts';
import { Task } from '../../contracts/plan.ts';
import type { PreparedCall } from '../../contracts/prepared-call.ts';
import type { JobSpec } from '../../contracts/spec.ts';
import { NO_MASK } from '../../core/text/mask.ts';
import { createAnthropic } from '../../providers/anthropic.ts';
import { tablePrice } from '../../providers/price-table.ts';
import { createProviders } from '../../providers/registry.ts';
import { openStore, type Store } from '../../store/index.ts';
import { type FakeAnthropic, startFakeAnthropic } from '../fakes/anthropic.ts';

export const JOB = 'job-1';

/** Activities of model calls over a real store and the fake API. */
export interface Harness {
  fake: FakeAnthropic;
  store: Store;
  notes: Note[];
  activities: ModelActivities;
  brief_ref: string;
  /** the same, as another worker process would run them */
  restarted(overrides?: Partial<ModelDeps>): ModelActivities;
  prepare(subject: CallSubject, options?: Partial<PrepareOptions>): Promise<PreparedCall>;
  call(call: PreparedCall, env?: MockActivityEnvironment): Promise<CallResult>;
  close(): Promise<void>;
}

type PrepareOptions = Omit<Parameters<ModelActivities['prepareModelCall']>[0], 'subject'>;

const LONG_PROMPT = 'You do one task at a time and say what you did. '.repeat(200);

const NO_TOOLS: Omit<LlmAgentSettings, 'system_prompt'> = {
  tools: [],
  approval: { risks: [], always: [], never: [] },
  max_turns: 50,
  max_tool_calls: 200,
};

const ROSTER: RosterAgent[] = [
  { name: 'command', kind: 'command', description: 'Runs a command.', capabilities: [] },
  { name: 'human', kind: 'human', description: 'A person.', capabilities: [] },
  {
    name: 'planner',
    kind: 'llm',
    description: 'Plans.',
    capabilities: [],
    llm: { ...NO_TOOLS, system_prompt: 'You plan.' },
  },
  {
    name: 'verifier',
    kind: 'llm',
    description: 'Judges.',
    capabilities: [],
    llm: { ...NO_TOOLS, system_prompt: 'You judge what others made.' },
  },
  {
    name: 'general',
    kind: 'llm',
    description: 'Does anything.',
    capabilities: ['writing'],
    llm: { ...NO_TOOLS, system_prompt: LONG_PROMPT, max_output_tokens: 1000 },
  },
];

/** A store in a folder of its own, and a fake of the API with an empty script. */
export async function startHarness(
  config: unknown = {},
  overrides: Partial<ModelDeps> = {},
): Promise<Harness> {
  const folder = await mkdtemp(join(tmpdir(), 'orchestrator-model-'));
  const store = await openStore({
    sqlite_file: join(folder, 'db'),
    artifacts_dir: join(folder, 'artifacts'),
  });
  const fake = await startFakeAnthropic();
  const notes: Note[] = [];
  const parsed = Config.parse(config);
  const env = { ANTHROPIC_API_KEY: fake.api_key, ANTHROPIC_BASE_URL: fake.url };
  const deps: ModelDeps = {
    store,
    providers: createProviders(env, parsed),
    config: parsed,
    roster: ROSTER,
    price_table: tablePrice,
    publish: (note) => void notes.push(note),
    limiter: createRateLimiter({ limits: parsed.rate_limits }),
    tools: {
      offered: async () => ({ tools: [], unavailable: [], remarks: [] }),
      check: async ({ input }) => ({ ok: true, input }),
    },
    environment: {},
    mask: NO_MASK,
    worker: 'test:1',
    ...overrides,
  };
  const activities = createModelActivities(deps);
  const brief: JobBrief = {
    job_id: JOB,
    title: 'Weather report',
    description: 'Say how the weather is.',
    constraints: ['one page'],
  };
  const { sha256: brief_ref } = await store.putContent({ job_id: JOB, source: JSON.stringify(brief) });
  let calls = 0;
  return {
    fake,
    store,
    notes,
    activities,
    brief_ref,
    restarted: (more) => createModelActivities({ ...deps, ...more }),
    async prepare(subject, options = {}) {
      calls += 1;
      const result = await prepareAlone(activities, {
        call_id: `call-${calls}`,
        job_id: JOB,
        subject,
        provider: null,
        model: null,
        capped: true,
        ...options,
      });
      if (result.status !== 'ready') throw new Error(`blocked: ${result.message}`);
      return result.call;
    },
    call: (call, mock = new MockActivityEnvironment()) =>
      mock.run(activities.callModel, callInput(call, 0.3)),
    async close() {
      await fake.close();
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A call as workflows ask for it: that of a task is the first turn of its agent. */
export const callInput = (call: PreparedCall, heartbeat_seconds = 1): CallInput => ({
  call,
  lease_id: null,
  turn:
    call.purpose === 'task'
      ? { conversation: null, results: [], remarks: [], known_tokens: 0, budget_usd: null, mode: 'act' }
      : null,
  heartbeat_seconds,
});

/** Providers over the fake that tell when a call has failed. */
export function watchedProviders(harness: Harness): {
  providers: ModelDeps['providers'];
  turnedAway: () => boolean;
} {
  const providers = createProviders(
    { ANTHROPIC_API_KEY: harness.fake.api_key, ANTHROPIC_BASE_URL: harness.fake.url },
    Config.parse({}),
  );
  let failed = false;
  const { anthropic } = providers;
  const call: typeof anthropic.call = (request, options) =>
    anthropic.call(request, options).catch((error: unknown) => {
      failed = true;
      throw error;
    });
  return { providers: { ...providers, anthropic: { ...anthropic, call } }, turnedAway: () => failed };
}

/** Providers over the fake with time-outs that a test can wait for. */
export function impatient(fake: FakeAnthropic): ModelDeps['providers'] {
  return {
    ...createProviders({}, Config.parse({})),
    anthropic: createAnthropic({
      api_key: fake.api_key,
      base_url: fake.url,
      response_timeout_seconds: 0.2,
      idle_timeout_seconds: 0.2,
    }),
  };
}

export function spec(fields: Partial<JobSpec> = {}): JobSpec {
  return {
    title: 'Weather report',
    description: 'Say how the weather is.',
    constraints: ['one page'],
    acceptance_criteria: ['names the temperature'],
    max_workers: 5,
    budget_usd: 10,
    provider: null,
    model: null,
    plan: null,
    approval: 'required',
    max_repair_rounds: 1,
    on_task_failure: 'review',
    priority: 'medium',
    ...fields,
  };
}

export function tasksSubject(fields: Partial<Extract<CallSubject, { purpose: 'tasks' }>> = {}): CallSubject {
  return {
    purpose: 'tasks',
    spec: spec(),
    objectives: ['report'],
    constraints: ['one page'],
    acceptance_criteria: [{ criterion_id: 'c1', text: 'names the temperature' }],
    feedback: null,
    previous_plan: null,
    repair: null,
    ...fields,
  };
}

export function taskSubject(harness: Harness, fields: Partial<AttemptRequest> = {}): CallSubject {
  const request: AttemptRequest = {
    job_id: JOB,
    owner: 'local',
    task: Task.parse({
      task_id: 'write',
      title: 'Write it',
      description: 'Write the report.',
      agent: 'general',
    }),
    generation: 1,
    attempts_made: 0,
    previous_failure: null,
    dependencies: [],
    brief_ref: harness.brief_ref,
    host_id: null,
    provider: null,
    model: null,
    heartbeat_seconds: 1,
    host_wait_seconds: 1,
    capped: true,
    agent: null,
    agent_kind: null,
    attempt: 1,
    ...fields,
  };
  return { purpose: 'task', request };
}

export async function result(harness: Harness, task_id: string, text: string): Promise<DependencyResult> {
  const output = await harness.store.toOutput({ job_id: JOB, text });
  return { task_id, title: `Task ${task_id}`, status: 'completed', output, artifacts: [] };
}

/** A mock that keeps the heartbeats it saw. */
export function watchedMock(info: Partial<Info> = {}): { mock: MockActivityEnvironment; beats: unknown[] } {
  const mock = new MockActivityEnvironment(info);
  const beats: unknown[] = [];
  mock.on('heartbeat', (details) => beats.push(details));
  return { mock, beats };
}

/** Prepares a call as an activity of its own. */
export const prepareAlone = (
  { prepareModelCall }: ModelActivities,
  ...input: Parameters<ModelActivities['prepareModelCall']>
): ReturnType<ModelActivities['prepareModelCall']> =>
  new MockActivityEnvironment().run<
    typeof input,
    Awaited<ReturnType<ModelActivities['prepareModelCall']>>,
    ModelActivities['prepareModelCall']
  >(prepareModelCall, ...input);
