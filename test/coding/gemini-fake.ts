import { callCostUsd } from '../../core/money/cost.ts';
import { startFakeGemini } from '../fakes/gemini.ts';
import { type AssistantFake, PRICE } from './fake.ts';

/** Gemini's own API, as Gemini CLI uses it. */
export async function geminiFake(): Promise<AssistantFake> {
  const fake = await startFakeGemini();
  return {
    url: fake.url,
    expect(about, turn, { text, write, command, pause_ms = 0 }, times = 1) {
      const tool_use = [
        ...(write ? [{ name: 'write_file', input: { file_path: write.path, content: write.content } }] : []),
        ...(command
          ? [{ name: 'run_shell_command', input: { command, description: 'A command of a test' } }]
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
      const reply = { type: 'error' as const, status, error_type: 'no', message: `no: ${status}` };
      fake.expect({ prompt_includes: about, reply });
    },
    hang: (about, after_text) => fake.expect({ prompt_includes: about, reply: { type: 'hang', after_text } }),
    calls: () => fake.calls.map(({ body }) => JSON.stringify(body)),
    unexpected: () => fake.unexpected,
    billedUsd: () =>
      fake.calls.reduce((sum, { billed }) => {
        const usage = {
          input_tokens: billed.promptTokenCount,
          output_tokens: billed.candidatesTokenCount,
          ...{ cache_read_tokens: 0, cache_write_tokens: 0 },
        };
        return sum + callCostUsd(usage, PRICE);
      }, 0),
    assertDone: () => fake.assertDone(),
    close: () => fake.close(),
  };
}
