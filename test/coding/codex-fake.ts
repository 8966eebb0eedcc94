import { callCostUsd } from '../../core/money/cost.ts';
import { startFakeResponses } from '../fakes/responses.ts';
import { type AssistantFake, PRICE } from './setup.ts';

/** The Responses API, as Codex uses it: it writes files by commands. */
export async function codexFake(): Promise<AssistantFake> {
  const fake = await startFakeResponses();
  return {
    url: fake.url,
    expect(about, turn, { text, write, command, pause_ms = 0 }, times = 1) {
      const quoted = (word: string) => `'${word}'`;
      const commands = [
        ...(write ? [`printf %s ${quoted(write.content)} > ${quoted(write.path)}`] : []),
        ...(command ? [command] : []),
      ];
      const tool_use = commands.map((cmd) => ({ name: 'exec_command', input: { cmd } }));
      const when = { prompt_includes: about, ...(turn === null ? {} : { turn }) };
      const said = text === undefined ? {} : { text };
      fake.expect({ ...when, times, reply: { type: 'message', ...said, tool_use, pause_ms } });
    },
    refuse(about, status) {
      fake.expect({
        prompt_includes: about,
        reply: { type: 'error', status, error_type: 'no', message: 'no' },
      });
    },
    hang: (about, after_text) => fake.expect({ prompt_includes: about, reply: { type: 'hang', after_text } }),
    calls: () => fake.calls.map(({ body }) => JSON.stringify(body)),
    unexpected: () => fake.unexpected,
    billedUsd: () =>
      fake.calls.reduce((sum, { billed }) => {
        const usage = { ...billed, cache_read_tokens: 0, cache_write_tokens: 0 };
        return sum + callCostUsd(usage, PRICE);
      }, 0),
    assertDone: () => fake.assertDone(),
    close: () => fake.close(),
  };
}
