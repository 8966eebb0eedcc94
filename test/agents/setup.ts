import { afterAll, afterEach, beforeAll, inject } from 'vitest';
import { loadRoster } from '../../config/roster.ts';
import type { LlmAgentSettings, RosterAgent } from '../../contracts/config.ts';
import type { Usage } from '../../contracts/money.ts';
import type { JobView } from '../../contracts/view.ts';
import { callCostUsd } from '../../core/money/cost.ts';
import { type FakeAnthropic, startFakeAnthropic } from '../fakes/anthropic.ts';
import type { FakeCall } from '../fakes/anthropic-call.ts';
import type { StepInput } from '../fakes/anthropic-script.ts';
import type { RateLimitOptions } from '../fakes/rate-limit.ts';
import { collectRuns } from '../replay/collect.ts';
import { replay } from '../replay/replay.ts';
import type { TestJob } from '../setup/jobs.ts';
import { until } from '../setup/until.ts';
import { startTestWorker, type TestWorker } from '../setup/worker.ts';

export const API_KEY = 'sk-ant-fake-0123456789';
/** The model that tests name, with prices that are easy to reckon with: USD per million tokens. */
export const MODEL = 'claude-sonnet-5';
export const PRICE = {
  input_usd: 3,
  output_usd: 15,
  cache_read_usd: 0.3,
  cache_write_usd: 3.75,
  source: 'test',
};

/** A worker whose agents think with a fake of the Anthropic API. */
export interface AgentWorld extends TestWorker {
  fake: FakeAnthropic;
}

/** What a test sets up besides. */
export interface AgentOptions {
  config?: Record<string, unknown>;
  /** agents besides those of the repository */
  agents?: RosterAgent[];
  secrets?: Record<string, string>;
  env?: Record<string, string>;
  in_sandbox?: boolean;
}

/** Starts both. */
export async function startAgents(
  options: AgentOptions & { rate_limit?: RateLimitOptions } = {},
): Promise<AgentWorld> {
  const { rate_limit } = options;
  const fake = await startFakeAnthropic({ api_key: API_KEY, ...(rate_limit ? { rate_limit } : {}) });
  const worker = await startTestWorker(workerOptions(fake, options));
  return {
    ...worker,
    fake,
    async close() {
      await worker.close();
      await fake.close();
    },
  };
}

/**
 * The same for the tests of a file: started before them and closed after them, and every test uses up what it scripted
 * unless it may leave some over.
 */
export function useAgents({
  leftovers = false,
  ...options
}: AgentOptions & { leftovers?: boolean }): AgentWorld {
  const world = {} as AgentWorld;
  beforeAll(async () => {
    Object.assign(world, await startAgents(options));
  });
  afterAll(() => world.close?.());
  if (!leftovers) afterEach(() => world.fake.assertDone());
  return world;
}

/** How a worker is started whose agents think with the fake. */
export function workerOptions(
  fake: FakeAnthropic,
  options: AgentOptions,
): NonNullable<Parameters<typeof startTestWorker>[0]> {
  const config = agentConfig(options.config);
  const sources = { agents_dir: null, http_agents: [], config_label: 'test' };
  return {
    env: { ...options.env, ANTHROPIC_API_KEY: API_KEY, ANTHROPIC_BASE_URL: fake.url },
    secrets: options.secrets ?? {},
    in_sandbox: options.in_sandbox,
    config,
    deps: { roster: [...loadRoster(sources).roster, ...(options.agents ?? [])] },
  };
}

/** The file of an agent with a shell, whose commands nobody is asked about. */
export const shellAgent = (name: string, prompt: string): string => `---
name: ${name}
description: An agent of a test.
tools: [bash, finish]
max_output_tokens: 1000
approval:
  risks: []
---
${prompt}
`;

/** A config with the test's model and prices. */
export function agentConfig(more: Record<string, unknown> = {}): Record<string, unknown> {
  const { providers, models, ...rest } = more as Record<string, Record<string, unknown>>;
  const { source: _, ...price } = PRICE;
  return {
    providers: { ...providers, anthropic: { default_model: MODEL, ...(providers?.anthropic as object) } },
    models: { max_output_tokens: 1000, ...models },
    prices: { [MODEL]: price },
    ...rest,
  };
}

/** An agent of a test: every workspace tool, nothing waits for a person. */
export function agentNamed(name: string, settings: Partial<LlmAgentSettings> = {}): RosterAgent {
  return {
    name,
    kind: 'llm',
    description: 'An agent of a test.',
    capabilities: [],
    llm: {
      system_prompt: 'You do one task at a time, and you do it well. '.repeat(200),
      tools: [
        'bash',
        'read_file',
        'write_file',
        'glob',
        'grep',
        'save_artifact',
        'read_artifact',
        'ask_human',
        'finish',
      ],
      approval: { risks: [], always: [], never: [] },
      max_turns: 200,
      max_tool_calls: 400,
      ...settings,
    },
  };
}

/** One whose commands wait for a person. */
export const asker = (): RosterAgent =>
  agentNamed('asker', { approval: { risks: [], always: ['bash'], never: [] } });

let ids = 0;
/** A call of a tool in a scripted answer. */
export const use = (name: string, input: Record<string, unknown>) => {
  ids += 1;
  return { id: `toolu_${ids}`, name, input };
};

type Message = Omit<Extract<StepInput['reply'], { type: 'message' }>, 'type'>;

/** A turn of the task whose description says `about`. */
export const turn = (about: string | string[], reply: Message, rest: Partial<StepInput> = {}): StepInput => ({
  prompt_includes: about,
  structured: false,
  ...rest,
  reply: { type: 'message', ...reply },
});

/** Another answer to a turn than a message. */
export const fault = (
  about: string | string[],
  reply: Exclude<StepInput['reply'], { type: 'message' }>,
  rest: Partial<StepInput> = {},
): StepInput => ({ prompt_includes: about, structured: false, ...rest, reply });

/** The report at the end of a job. */
export const synthesis = (times = 1): StepInput => ({
  system_includes: 'write the report',
  structured: false,
  times,
  reply: { type: 'message', text: 'Done.' },
});

/** A task of an agent. */
export const work = (task_id: string, description: string, rest: object = {}) => ({
  task_id,
  description,
  agent: 'tester',
  ...rest,
});

/** What a call cost by the fake's bill, in USD. */
export function billedUsd({ billed }: Pick<FakeCall, 'billed'>): number {
  const usage: Usage = {
    input_tokens: billed.input_tokens,
    output_tokens: billed.output_tokens,
    cache_read_tokens: billed.cache_read_input_tokens,
    cache_write_tokens: billed.cache_creation_input_tokens,
  };
  return callCostUsd(usage, PRICE);
}

/** Calls of a model, by what is in their prompts. */
export const callsAbout = (fake: FakeAnthropic, about: string): FakeCall[] =>
  fake.calls.filter(({ body }) => JSON.stringify(body.messages).includes(about));

/** The text of the request's last message. */
export const lastMessage = ({ body }: FakeCall): string => JSON.stringify(body.messages.at(-1)!.content);

/** Waits for the request for a person number `index`, from 0; gives its id. */
export async function asked(job: TestJob, index: number): Promise<string> {
  const found = await until(
    async () => (await job.events()).filter(({ type }) => type === 'approval.requested')[index],
    { what: `request ${index} for a person` },
  );
  return found.data.approval_id as string;
}

/** Every history of the job and its tasks replays. */
export async function replayProblems(world: Pick<TestWorker, 'client'>, job: TestJob): Promise<string[]> {
  const runs = await collectRuns(world.client, [job.handle.workflowId]);
  return await replay(runs, inject('workflowBundle')!);
}

const OVER: readonly string[] = ['completed', 'failed', 'cancelled', 'needs_review'];

/** Waits up to 220 s for a status; throws at once when the job has come to rest in another one. */
export async function reachLate(job: TestJob, wanted: JobView['status']): Promise<JobView> {
  const view = await until(
    async () => {
      const now = await job.status();
      return (now.status === wanted || OVER.includes(now.status)) && now;
    },
    { timeoutMs: 220_000, what: `${job.job_id} to be ${wanted}` },
  );
  if (view.status === wanted) return view;
  const tasks = view.tasks.map(({ task_id, status, reason, error }) => ({ task_id, status, reason, error }));
  throw new Error(`${job.job_id} is ${view.status}: ${JSON.stringify({ error: view.error, tasks })}`);
}
