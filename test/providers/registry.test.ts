import { afterEach, expect, test } from 'vitest';
import { Config } from '../../contracts/config.ts';
import { defaultChoice } from '../../providers/default-choice.ts';
import { createProviders, providerInfos } from '../../providers/registry.ts';
import { type FakeOpenAi, startFakeOpenAi } from '../fakes/openai.ts';

/** Nobody listens there. */
const NOWHERE = 'http://127.0.0.1:1';

const fakes: FakeOpenAi[] = [];
afterEach(async () => {
  await Promise.all(fakes.splice(0).map((fake) => fake.close()));
});
const start = async (flavour: 'openai' | 'gemini' | 'ollama') => {
  const fake = await startFakeOpenAi({ flavour });
  fakes.push(fake);
  return fake;
};
const withEnv = (env: Record<string, string>, config: unknown = {}) =>
  createProviders(env, Config.parse(config));

test('every provider is set up by its variables, and tells its models', async () => {
  const [openai, gemini, ollama] = await Promise.all([start('openai'), start('gemini'), start('ollama')]);
  const infos = await providerInfos(
    withEnv({
      OPENAI_API_KEY: openai.api_key,
      OPENAI_BASE_URL: openai.base_url,
      GEMINI_API_KEY: gemini.api_key,
      GEMINI_BASE_URL: gemini.base_url,
      OLLAMA_BASE_URL: ollama.base_url,
    }),
  );
  const rows = infos.map(({ provider, configured, reachable, models }) => [
    provider,
    configured,
    reachable,
    models[0],
  ]);
  expect(rows).toEqual([
    ['anthropic', false, false, undefined],
    ['openai', true, true, 'gpt-6-sol'],
    ['gemini', true, true, 'gemini-3.8-flash'],
    ['ollama', true, true, 'llama3.2:latest'],
    ['offline', false, false, undefined],
  ]);
  expect(JSON.stringify(infos)).not.toContain(openai.api_key);
});

test('the config sets addresses and default models; a variable wins over its address', () => {
  const config = {
    providers: {
      openai: { base_url: 'http://config/v1', default_model: 'mine', context_window: 4096 },
      ollama: { base_url: 'http://config:11434' },
    },
  };
  const given = withEnv({}, config);
  expect(given.openai).toMatchObject({ base_url: 'http://config/v1', default_model: 'mine' });
  expect(given.openai.context_window('gpt-6-sol')).toBe(4096);
  expect(given.ollama.base_url).toBe('http://config:11434');
  const env = { OPENAI_BASE_URL: 'http://env/v1', OLLAMA_BASE_URL: 'http://env:11434' };
  expect(withEnv(env, config).openai.base_url).toBe('http://env/v1');
  expect(withEnv(env, config).ollama.base_url).toBe('http://env:11434');
  expect(withEnv({}).ollama).toMatchObject({ base_url: 'http://127.0.0.1:11434', default_model: null });
});

test('a provider without its key says which one', () => {
  const { openai, gemini, offline } = withEnv({});
  const reason = (name: string) => ({ ok: false, reason: expect.stringContaining(`Set ${name}`) });
  expect(openai.configured()).toEqual(reason('OPENAI_API_KEY'));
  expect(gemini.configured()).toEqual(reason('GEMINI_API_KEY'));
  expect(offline.configured()).toMatchObject({ ok: false });
});

test('offline makes nothing up', async () => {
  const request = { model: 'x', system: '', messages: [], max_output_tokens: 1 };
  const asked = withEnv({}).offline.call(request, { signal: new AbortController().signal, on_delta() {} });
  await expect(asked).rejects.toMatchObject({ kind: 'unavailable' });
});

test('who answers when nothing names a provider: a key first, then Ollama if it answers', async () => {
  const ollama = await start('ollama');
  const running = { OLLAMA_BASE_URL: ollama.base_url };
  expect(await defaultChoice(withEnv({ ...running, GEMINI_API_KEY: 'g', OPENAI_API_KEY: 'o' }))).toEqual({
    provider: 'openai',
    model: 'gpt-6-sol',
  });
  expect(await defaultChoice(withEnv(running))).toEqual({ provider: 'ollama', model: 'llama3.2:latest' });
  const config = { providers: { ollama: { default_model: 'qwen3:8b' } } };
  expect(await defaultChoice(withEnv(running, config))).toEqual({ provider: 'ollama', model: 'qwen3:8b' });
  expect(await defaultChoice(withEnv({ OLLAMA_BASE_URL: NOWHERE }))).toMatchObject({ provider: 'anthropic' });
});

test('default models have a price', async () => {
  const { tablePrice } = await import('../../providers/price-table.ts');
  const { openai, gemini } = withEnv({});
  for (const { name, default_model } of [openai, gemini])
    expect(tablePrice({ provider: name, model: default_model!, input_tokens: 1000 })).not.toBeNull();
});
