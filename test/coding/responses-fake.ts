import { callCostUsd } from '../../core/money/cost.ts';
import { startFakeResponses } from '../fakes/responses.ts';
import { type Answer, type AssistantFake, PRICE } from './fake.ts';

type Use = { name: string; input: Record<string, unknown> };

/** The Responses API, as Codex uses it: it writes files by commands. */
export const codexFake = (): Promise<AssistantFake> =>
  responsesFake(({ write, command }) => [
    ...(write ? [shell(`printf %s '${write.content}' > '${write.path}'`)] : []),
    ...(command ? [shell(command)] : []),
  ]);

const shell = (cmd: string): Use => ({ name: 'exec_command', input: { cmd } });

async function responsesFake(usesOf: (answer: Answer) => Use[]): Promise<AssistantFake> {
  const fake = await startFakeResponses();
  return {
    url: fake.url,
    expect(about, turn, answer, times = 1) {
      const { text, pause_ms = 0 } = answer;
      const when = { prompt_includes: about, ...(turn === null ? {} : { turn }) };
      const said = text === undefined ? {} : { text };
      fake.expect({
        ...when,
        times,
        reply: { type: 'message', ...said, tool_use: usesOf(answer), pause_ms },
      });
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
