import { callCostUsd } from '../../core/money/cost.ts';
import { startFakeAnthropic } from '../fakes/anthropic.ts';
import { type AssistantFake, PRICE } from './fake.ts';

/** The Anthropic API, as Claude Code uses it. */
export async function claudeFake(): Promise<AssistantFake> {
  const fake = await startFakeAnthropic({ client: 'claude-code' });
  let uses = 0;
  return {
    url: fake.url,
    expect(about, turn, { text, write, command, pause_ms = 0 }, times = 1) {
      const id = () => `toolu_${++uses}`;
      const tool_use = [
        ...(write
          ? [{ id: id(), name: 'Write', input: { file_path: write.path, content: write.content } }]
          : []),
        ...(command
          ? [{ id: id(), name: 'Bash', input: { command, description: 'A command of a test' } }]
          : []),
      ];
      const said = text === undefined ? {} : { text };
      fake.expect({
        prompt_includes: about,
        ...(turn === null ? {} : { turn }),
        times,
        reply: { type: 'message', ...said, tool_use, pause_ms },
      });
    },
    refuse(about, status) {
      const types = { 401: 'authentication_error', 429: 'rate_limit_error', 500: 'api_error' };
      const reply = { type: 'error' as const, status, error_type: types[status], message: `no: ${status}` };
      fake.expect({ prompt_includes: about, reply });
    },
    hang: (about, after_text) => fake.expect({ prompt_includes: about, reply: { type: 'hang', after_text } }),
    calls: () => fake.calls.map(({ body }) => JSON.stringify(body)),
    unexpected: () => fake.unexpected,
    billedUsd: () =>
      fake.calls.reduce((sum, { billed }) => {
        const usage = {
          input_tokens: billed.input_tokens,
          output_tokens: billed.output_tokens,
          cache_read_tokens: billed.cache_read_input_tokens,
          cache_write_tokens: billed.cache_creation_input_tokens,
        };
        return sum + callCostUsd(usage, PRICE);
      }, 0),
    assertDone: () => fake.assertDone(),
    close: () => fake.close(),
  };
}
