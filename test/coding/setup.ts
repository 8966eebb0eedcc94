import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { createSandbox } from '../../activities/sandbox/sandbox.ts';
import { loadRoster } from '../../config/roster.ts';
import { maskOf } from '../../config/secret-values.ts';
import type { CodingAgentSettings, CodingDriver } from '../../contracts/coding.ts';
import { Config, type RosterAgent } from '../../contracts/config.ts';
import { assistantProgramOf } from '../setup/assistants.ts';
import { startTestWorker, type TestWorker } from '../setup/worker.ts';
import { claudeFake, opencodeFake } from './claude-fake.ts';
import { type AssistantFake, MODEL, PRICE } from './fake.ts';
import { geminiFake } from './gemini-fake.ts';
import { codexFake } from './responses-fake.ts';

/** What the tests need to know of an assistant to drive its real program. */
interface Kind {
  fake(): Promise<AssistantFake>;
  /** variables of the worker */
  environment(fake: AssistantFake): Record<string, string>;
  model: string;
}

/** The assistants whose real programs are driven; `acp` is any of them that speaks the protocol. */
export type RealDriver = Exclude<CodingDriver, 'acp'>;

const KINDS: Record<RealDriver, Kind> = {
  claude: {
    fake: claudeFake,
    environment: ({ url }) => ({ ANTHROPIC_API_KEY: 'sk-ant-fake-0123456789', ANTHROPIC_BASE_URL: url }),
    model: MODEL,
  },
  codex: {
    fake: codexFake,
    environment: ({ url }) => ({ OPENAI_API_KEY: 'sk-fake-0123456789', OPENAI_BASE_URL: `${url}/v1` }),
    model: 'gpt-6-sol',
  },
  gemini: {
    fake: geminiFake,
    environment: ({ url }) => ({ GEMINI_API_KEY: 'gm-fake-0123456789', GOOGLE_GEMINI_BASE_URL: url }),
    model: 'gemini-2.5-pro',
  },
  opencode: {
    fake: opencodeFake,
    environment: ({ url }) => ({ ANTHROPIC_API_KEY: 'sk-ant-fake-0123456789', ANTHROPIC_BASE_URL: url }),
    model: MODEL,
  },
};

export const REAL_DRIVERS = Object.keys(KINDS) as RealDriver[];

/** Of these, whose program takes seconds to start, `npm test` plays a part only. */
export const SHORT: readonly RealDriver[] = process.env.ORCHESTRATOR_ASSISTANTS === 'all' ? [] : ['opencode'];
export const WHOLE_ROUND = ' (npm run test:assistants)';

export const fakeFor = (driver: RealDriver): Promise<AssistantFake> => KINDS[driver].fake();
export const environmentFor = (driver: RealDriver, fake: AssistantFake): Record<string, string> =>
  KINDS[driver].environment(fake);

/** A config with the prices of the test. */
export function codingConfig(driver: RealDriver): Record<string, unknown> {
  const { source: _, ...price } = PRICE;
  return { prices: { [MODEL]: price, [KINDS[driver].model]: price } };
}

/** A worker with coding assistants, whose models are a fake. */
export interface CodingWorld extends TestWorker {
  fake: AssistantFake;
}

/** An assistant of a test: the real program. */
export function assistant(
  driver: RealDriver,
  more: Partial<CodingAgentSettings> = {},
  name: string = driver,
): RosterAgent {
  const { path } = assistantProgramOf(driver);
  return {
    name,
    kind: 'coding',
    description: 'An assistant of a test.',
    capabilities: [],
    coding: {
      ...{ driver, command: path!, model: KINDS[driver].model, instructions: '' },
      ...{ billing: 'api', permissions: 'edit', max_turns: 20, max_output_tokens: 4000 },
      ...more,
    },
  };
}

const folders: string[] = [];

/** A folder outside of the system's for temporary files: Codex's own sandbox needs one. */
export function scratch(): string {
  const cache = join(homedir(), '.cache/orchestrator');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'test-'));
  folders.push(folder);
  return folder;
}

/** Removes all that {@link scratch} has made. */
export function dropScratch(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

type WorkerOptions = NonNullable<Parameters<typeof startTestWorker>[0]>;

/** How a worker is started whose assistants ask the fake. */
export function codingOptions(
  driver: RealDriver,
  fake: AssistantFake,
  agents: RosterAgent[],
  config: Record<string, unknown> = {},
): WorkerOptions {
  const sources = { agents_dir: null, http_agents: [], config_label: 'test' };
  const environment = {
    PATH: process.env.PATH ?? '',
    SLACK_BOT_TOKEN: 'of-the-service',
    ...KINDS[driver].environment(fake),
  };
  return {
    config: { ...codingConfig(driver), ...config },
    deps: {
      roster: [...loadRoster(sources).roster.filter(({ kind }) => kind !== 'coding'), ...agents],
      work_dir: join(scratch(), 'work'),
      environment,
      mask: maskOf(environment),
    },
  };
}

/** Host and port of a fake, as they are called in a sandbox. */
export const nameOf = ({ url }: AssistantFake): string => `model.test:${new URL(url).port}`;

/** The same on a host with a sandbox, from which nothing but the fake is reached, by a name. */
export async function sandboxed(
  options: WorkerOptions,
  fake: AssistantFake,
  readable: string[] = [],
): Promise<WorkerOptions> {
  const { host } = new URL(fake.url);
  const named = nameOf(fake);
  const sandbox = await createSandbox({
    config: Config.parse({ sandbox: { network: 'allow-list', allowed_hosts: [named], readable } }),
    data_dir: scratch(),
    lookup: (_, asked, done) =>
      asked.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4),
  });
  const variables = Object.entries(options.deps!.environment!);
  const environment = Object.fromEntries(
    variables.map(([name, value]) => [name, value?.replace(host, named)]),
  );
  return { ...options, deps: { ...options.deps, environment, sandbox } };
}

/** Starts a worker and a fake before the tests of a file, and closes them after them. */
export function useAssistants(
  driver: RealDriver,
  options: {
    agents?: RosterAgent[];
    config?: Record<string, unknown>;
    leftovers?: boolean;
    in_sandbox?: boolean;
  } = {},
): CodingWorld {
  const world = {} as CodingWorld;
  beforeAll(async () => {
    const fake = await KINDS[driver].fake();
    const agents = [assistant(driver), ...(options.agents ?? [])];
    const given = codingOptions(driver, fake, agents, options.config);
    const worker = await startTestWorker(options.in_sandbox ? await sandboxed(given, fake) : given);
    Object.assign(world, worker, { fake });
  });
  afterAll(async () => {
    await world.close?.();
    await world.fake?.close();
    dropScratch();
  });
  if (!options.leftovers) afterEach(() => world.fake.assertDone());
  return world;
}
