import { callCostUsd } from '../../core/money/cost.ts';
import { startFakeAnthropic } from '../fakes/anthropic.ts';
import { type AssistantFake, PRICE } from './fake.ts';

/** What the tools of an assistant are called, and their arguments. */
interface Tools {
  write(path: string, content: string): { name: string; input: Record<string, unknown> };
  bash: string;
}

/** The Anthropic API, as Claude Code uses it. */
export const claudeFake = (): Promise<AssistantFake> =>
  anthropicFake({
    write: (file_path, content) => ({ name: 'Write', input: { file_path, content } }),
    bash: 'Bash',
  });

/** The same, as opencode uses it. */
export const opencodeFake = (): Promise<AssistantFake> =>
  anthropicFake({
    write: (filePath, content) => ({ name: 'write', input: { filePath, content } }),
    bash: 'bash',
  });

async function anthropicFake(tools: Tools): Promise<AssistantFake> {
  const fake = await startFakeAnthropic({ client: 'claude-code' });
  let uses = 0;
  return {
    url: fake.url,
    expect(about, turn, { text, write, command, pause_ms = 0 }, times = 1) {
      const id = () => `toolu_${++uses}`;
      const tool_use = [
        ...(write ? [{ id: id(), ...tools.write(write.path, write.content) }] : []),
        ...(command
          ? [{ id: id(), name: tools.bash, input: { command, description: 'A command of a test' } }]
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
