import { afterAll, afterEach, beforeAll } from 'vitest';
import { type AgentOptions, API_KEY, workerOptions } from '../agents/setup.ts';
import { startService, type TestService } from '../cli/service.ts';
import { type FakeAnthropic, startFakeAnthropic } from '../fakes/anthropic.ts';
import { until } from '../setup/until.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape
export type Body = any;

/** The whole service over HTTP, whose agents think with a fake of the Anthropic API. */
export interface ProjectWorld {
  fake: FakeAnthropic;
  service: TestService;
  ask(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Told>;
  /** the body of a GET */
  read(path: string): Promise<Body>;
  /** waits until a GET answers what `done` wants; gives its body */
  see(path: string, what: string, done: (body: Body) => unknown): Promise<Body>;
}

interface Told {
  status: number;
  headers: Headers;
  body: Body;
}

/** Waits for what an agent does on a machine with much else to do. */
const LONG_MS = 60_000;

/** The world of a test file; every test uses up what it scripted. */
export function useProjects(options: AgentOptions = {}): ProjectWorld {
  const world = {} as ProjectWorld;
  beforeAll(async () => {
    const fake = await startFakeAnthropic({ api_key: API_KEY });
    const service = await startService(workerOptions(fake, options));
    Object.assign(world, worldOf(fake, service));
  }, LONG_MS);
  afterAll(async () => {
    await world.service?.close();
    await world.fake?.close();
  });
  afterEach(() => world.fake.assertDone());
  return world;
}

function worldOf(fake: FakeAnthropic, service: TestService): ProjectWorld {
  const ask: ProjectWorld['ask'] = async (method, path, body, headers = {}) => {
    const response = await fetch(service.url + path, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text.startsWith('{') ? JSON.parse(text) : text,
    };
  };
  const read = async (path: string) => (await ask('GET', path)).body;
  return {
    ...{ fake, service, ask, read },
    see: (path, what, done) =>
      until(
        async () => {
          const body = await read(path);
          return done(body) ? body : undefined;
        },
        { timeoutMs: LONG_MS, what },
      ),
  };
}
