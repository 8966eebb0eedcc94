import type { Usage } from '../../contracts/money.ts';
import type { PreparedCall } from '../../contracts/prepared-call.ts';
import type { ModelRequest } from '../../providers/types.ts';
import type { RateLimitCost } from './rate-limit.ts';

/** What calls will probably use. The longest answer allowed says little of it: most are a fraction of that. */
export interface UsageEstimates {
  /** what to take of a rate limit before a call */
  expect(call: Caller, request: ModelRequest): RateLimitCost;
  /** learns from what a call used, for the next calls of its agent; returns what the call really took of the rate limit */
  learn(call: Caller, request: ModelRequest, usage: Usage): RateLimitCost;
}

type Caller = Pick<PreparedCall, 'provider' | 'model' | 'agent'>;

/** Before anything is known: ordinary text, and an answer of a paragraph or a call of a tool. */
const FIRST = { input_per_char: 1 / 4, output: 300 };

/** How much the latest call changes what is expected of the next. */
const WEIGHT = 0.2;

/** Estimates by provider, model and agent, from what this process saw: each worker learns within a few calls. */
export function createUsageEstimates(): UsageEstimates {
  const known = new Map<string, typeof FIRST>();
  return {
    expect(call, request) {
      const { input_per_char, output } = known.get(keyOf(call)) ?? FIRST;
      return toCost(charsOf(request) * input_per_char, Math.min(output, request.max_output_tokens));
    },
    learn(call, request, usage) {
      const input = usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens;
      const latest = { input_per_char: input / charsOf(request), output: usage.output_tokens };
      const before = known.get(keyOf(call)) ?? latest;
      known.set(keyOf(call), {
        input_per_char: mix(before.input_per_char, latest.input_per_char),
        output: mix(before.output, latest.output),
      });
      return toCost(input, usage.output_tokens);
    },
  };
}

const keyOf = ({ provider, model, agent }: Caller): string => `${provider}/${model}/${agent}`;

/** Of all that is sent: tools and system prompt are counted by providers, too. */
const charsOf = ({ system, messages, tools = [] }: ModelRequest): number =>
  system.length + JSON.stringify(messages).length + JSON.stringify(tools).length;

const mix = (before: number, latest: number): number => before + WEIGHT * (latest - before);

function toCost(input: number, output: number): RateLimitCost {
  const [input_tokens, output_tokens] = [Math.ceil(input), Math.ceil(output)];
  return { requests: 1, tokens: input_tokens + output_tokens, input_tokens, output_tokens };
}
