import type { Price, Usage } from '../../contracts/money.ts';
import { callCostUsd } from '../../core/money/cost.ts';
import type { Fake } from '../fakes/server.ts';

/** What an answer of the model has an assistant do. */
export interface Answer {
  text?: string;
  /** by its own tools */
  write?: { path: string; content: string };
  command?: string;
  pause_ms?: number;
}

/** A scripted fake of the provider whose models an assistant asks. */
export interface AssistantFake {
  url: string;
  /** an answer to a request whose prompt has this text, once so many answers were given in its conversation; null: however many */
  expect(about: string, turn: number | null, answer: Answer, times?: number): void;
  /** the same, which is turned away */
  refuse(about: string, status: 401 | 429 | 500): void;
  /** the same, which is begun and never ended */
  hang(about: string, text: string): void;
  /** requests to the model, by their body as JSON */
  calls(): string[];
  unexpected(): string[];
  /** what its bill says, in USD */
  billedUsd(): number;
  assertDone(): void;
  close(): Promise<void>;
}

/** The model that tests name, with prices that are easy to reckon with: USD per million tokens. */
export const MODEL = 'claude-sonnet-5';
export const PRICE: Price = {
  input_usd: 3,
  output_usd: 15,
  cache_read_usd: 0.3,
  cache_write_usd: 3.75,
  source: 'test',
};

/** A call of a tool, as a fake is told to answer with. */
interface Use {
  id?: string;
  name: string;
  input: Record<string, unknown>;
}

/** What differs between the fakes of providers. */
interface Wire<Call> {
  /** by which tools its assistant does what an answer has it do */
  uses(answer: Answer): Use[];
  /** the kind of an error, by its status */
  errorType(status: 401 | 429 | 500): string;
  /** what a bill lists of a call */
  usage(call: Call): Pick<Usage, 'input_tokens' | 'output_tokens'> & Partial<Usage>;
}

/** Makes a fake of a provider's API one for an assistant. */
export function assistantFake<Call extends { body: unknown }>(
  fake: Fake<unknown, never, Call>,
  { uses, errorType, usage }: Wire<Call>,
): AssistantFake {
  const expect = (step: object) => fake.expect(step as never);
  return {
    url: fake.url,
    expect(about, turn, answer, times = 1) {
      const { text, pause_ms = 0 } = answer;
      expect({
        prompt_includes: about,
        ...(turn === null ? {} : { turn }),
        times,
        reply: {
          type: 'message',
          ...(text === undefined ? {} : { text }),
          tool_use: uses(answer),
          pause_ms,
        },
      });
    },
    refuse(about, status) {
      const reply = { type: 'error', status, error_type: errorType(status), message: `no: ${status}` };
      expect({ prompt_includes: about, reply });
    },
    hang: (about, after_text) => expect({ prompt_includes: about, reply: { type: 'hang', after_text } }),
    calls: () => fake.calls.map(({ body }) => JSON.stringify(body)),
    unexpected: () => fake.unexpected,
    billedUsd: () =>
      fake.calls.reduce((sum, call) => {
        const used = { cache_read_tokens: 0, cache_write_tokens: 0, ...usage(call) };
        return sum + callCostUsd(used, PRICE);
      }, 0),
    assertDone: () => fake.assertDone(),
    close: () => fake.close(),
  };
}
