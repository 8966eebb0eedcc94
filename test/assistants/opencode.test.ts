import { describe, expect, test } from 'vitest';
import { opencode } from '../../activities/coding/drivers/opencode.ts';
import { LAUNCH } from './launch.ts';

const info = {
  ...{ id: 'm1', role: 'assistant', modelID: 'claude-sonnet-5', sessionID: 's1' },
  tokens: { input: 100, output: 10, reasoning: 5, cache: { read: 40, write: 7 } },
};
const updated = (more: object = {}) => ({
  type: 'message.updated',
  properties: { sessionID: 's1', info: { ...info, ...more } },
});

describe('what its plugin wrote', () => {
  const hear = (...events: unknown[]) => {
    const read = opencode.journal!.reader('s1');
    return events.flatMap((event) => read(event));
  };

  test('tells what each answer used, once, also of agents that it starts itself', () => {
    const usage = {
      ...{ type: 'usage', call: 'm1', model: 'claude-sonnet-5' },
      usage: { input_tokens: 100, output_tokens: 15, cache_read_tokens: 40, cache_write_tokens: 7 },
    };
    expect(hear(updated(), updated())).toEqual([usage, { type: 'turn' }, usage]);
    expect(hear(updated({ id: 'm2', sessionID: 's2' }))).toMatchObject([{ call: 'm2' }, { type: 'turn' }]);
  });

  test('tells that it waits for its next call', () => {
    expect(hear({ type: 'orchestrator.call', call: 2 })).toEqual([{ type: 'waits', call: 2 }]);
    expect(hear({ type: 'orchestrator.call', call: 'two' })).toEqual([]);
  });

  test.each([
    [{ name: 'APIError', data: { message: 'no', statusCode: 401 } }, 'auth'],
    [{ name: 'ProviderAuthError', data: { message: 'no' } }, 'auth'],
    [{ name: 'APIError', data: { message: 'no', statusCode: 429 } }, 'rate_limited'],
    [{ name: 'APIError', data: { message: 'no', statusCode: 500 } }, 'overloaded'],
    [{ name: 'APIError', data: { message: 'no', statusCode: 400 } }, 'invalid'],
    [{ name: 'UnknownError', data: { message: 'no' } }, 'failed'],
  ])('tells the error %j as %s, of its own conversation only', (error, why) => {
    expect(hear(updated({ error })).at(-1)).toEqual({ type: 'end', end: { ok: false, why, message: 'no' } });
    expect(hear(updated({ error, sessionID: 's2' })).map(({ type }) => type)).not.toContain('end');
  });

  test('tells that it would ask its provider again', () => {
    const event = { type: 'session.status', properties: { status: { type: 'retry', message: 'busy' } } };
    expect(hear(event)).toEqual([{ type: 'end', end: { ok: false, why: 'overloaded', message: 'busy' } }]);
  });

  test.each([undefined, {}, { type: 'message.updated' }, { type: 'of tomorrow' }])(
    '%j says nothing',
    (event) => {
      expect(hear(event)).toEqual([]);
    },
  );
});

describe('its settings', () => {
  const start = (settings: object, environment: Record<string, string> = {}) => {
    const launch = { ...LAUNCH, model: 'some-model', environment };
    const { env } = opencode.start({
      ...launch,
      settings: { ...launch.settings, driver: 'opencode', ...settings },
    });
    return JSON.parse(env.OPENCODE_CONFIG_CONTENT!);
  };

  test('name its provider as it does, at its address', () => {
    expect(start({}, { ANTHROPIC_BASE_URL: 'http://a/' })).toMatchObject({
      model: 'anthropic/some-model',
      provider: { anthropic: { options: { baseURL: 'http://a/v1' } } },
    });
    expect(start({ provider: 'gemini' }, { GOOGLE_GEMINI_BASE_URL: 'http://g/v1beta' })).toMatchObject({
      model: 'google/some-model',
      provider: { google: { options: { baseURL: 'http://g/v1beta' } } },
    });
    expect(start({ provider: 'openai' })).not.toHaveProperty('provider');
  });

  test('have it ask before it does more than change files, unless it may do everything', () => {
    expect(start({ permissions: 'edit' }).permission).toMatchObject({ edit: { '*': 'allow' }, bash: 'ask' });
    expect(start({ permissions: 'ask' }).permission).toMatchObject({
      bash: 'ask',
      external_directory: 'ask',
    });
    expect(start({ permissions: 'all' }).permission).toMatchObject({ bash: 'allow' });
  });
});
