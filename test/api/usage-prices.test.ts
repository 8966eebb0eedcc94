import { expect, test } from 'vitest';
import { Config } from '../../contracts/config.ts';
import { startLoneApi } from './setup.ts';

test('providers say where the price and the context window of their default model come from', async () => {
  const config = Config.parse({
    providers: {
      openai: { default_model: 'my-tuned-model', context_window: 50_000 },
      gemini: { default_model: 'a-model-nobody-knows' },
      ollama: { default_model: 'llama3.2' },
    },
    prices: { 'my-tuned-model': { input_usd: 3, output_usd: 15 } },
  });
  const api = await startLoneApi({ config });
  try {
    const { body } = await api.ask('GET', '/orchestrate/providers');
    const facts = Object.fromEntries(
      body.providers.map(({ provider, price, context_window }: Record<string, string>) => [
        provider,
        { price, context_window },
      ]),
    );
    expect(facts).toMatchObject({
      anthropic: {
        price: { source: expect.stringMatching(/^@pydantic\/genai-prices \d/) },
        context_window: { source: 'price table' },
      },
      openai: {
        price: { input_usd: 3, source: 'config' },
        context_window: { tokens: 50_000, source: 'config' },
      },
      gemini: { price: null, context_window: { source: 'assumed' } },
      ollama: { price: { input_usd: 0, source: 'free provider' }, context_window: { source: 'assumed' } },
      offline: { price: null, context_window: null },
    });
  } finally {
    await api.close();
  }
});
