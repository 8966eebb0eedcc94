import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { type AgentOptions, API_KEY, fault, turn, use, workerOptions } from '../agents/setup.ts';
import { startService, type TestService } from '../cli/service.ts';
import { type FakeAnthropic, startFakeAnthropic } from '../fakes/anthropic.ts';
import type { StepInput } from '../fakes/anthropic-script.ts';
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

/** The world of a test file. */
export function useProjects(options: AgentOptions | (() => Promise<AgentOptions>) = {}): ProjectWorld {
  const world = {} as ProjectWorld;
  beforeAll(async () => {
    const fake = await startFakeAnthropic({ api_key: API_KEY });
    const given = typeof options === 'function' ? await options() : options;
    const service = await startService(workerOptions(fake, given));
    Object.assign(world, worldOf(fake, service));
  }, LONG_MS);
  afterAll(async () => {
    await world.service?.close();
    await world.fake?.close();
  });
  // how often a boss waits is a matter of the order that results come in, so that steps may be left over
  afterEach(() => expect(world.fake.unexpected).toEqual([]));
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

/** A project with that goal, which was started; its id. Without `agents` it has `ann`, a general worker. */
export async function newProject(world: ProjectWorld, goal: string, rest: object = {}): Promise<string> {
  const agents = [{ agent_id: 'ann', specialty: 'general' }];
  const made = await world.ask('POST', '/projects', { title: goal, goal, agents, ...rest });
  expect(made).toMatchObject({ status: 201 });
  expect(await world.ask('POST', `/projects/${made.body.id}/start`)).toMatchObject({ status: 200 });
  return made.body.id;
}

/** A worker whose model never answers: while it works, there is news to wait for, and its boss waits. */
export const keepsOn = (task: string): StepInput =>
  fault(`# Your task: ${task}`, { type: 'hang' }, { times: 20 });

/** A worker that is blocked until somebody writes to it. */
export const asks = (task: string, question: string) =>
  turn(
    `# Your task: ${task}`,
    { tool_use: [use('report_progress', { status: 'blocked', message: question })] },
    { turn: 0 },
  );

/** Everything that a stream says until it ends. */
export async function streamOf(
  world: ProjectWorld,
  path: string,
  headers: Record<string, string> = {},
): Promise<{ id: string; event: string; data: Body }[]> {
  const { status, body } = await world.ask('GET', path, undefined, {
    accept: 'text/event-stream',
    ...headers,
  });
  expect(status).toBe(200);
  const frames = (body as string).split('\n\n').filter((frame) => /^(id|event): /.test(frame));
  return frames.map((frame) => {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(frame)?.[1] ?? '';
    return { id: field('id'), event: field('event'), data: JSON.parse(field('data')) };
  });
}
