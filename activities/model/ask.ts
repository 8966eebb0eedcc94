import { Context } from '@temporalio/activity';
import type { PreparedCall } from '../../contracts/prepared-call.ts';
import { type CallTally, type ModelReply, type ModelRequest, ProviderError } from '../../providers/types.ts';
import { type BilledReply, billed } from './billed.ts';
import { createDeltaNotes } from './deltas.ts';
import type { ModelDeps } from './deps.ts';
import { traced } from './genai-span.ts';
import type { RateLimitCost } from './rate-limit.ts';
import type { UsageEstimates } from './usage-estimate.ts';

/**
 * Asks, learns from what the provider says about its limits, and corrects what was taken from them. Gives the reply, or the
 * provider's error. When cancelled, marks the row `estimated` and throws the cancellation.
 * @param tally kept up while the answer comes
 */
export async function askWithin(
  deps: ModelDeps,
  estimates: UsageEstimates,
  call: PreparedCall,
  request: ModelRequest,
  taken: RateLimitCost,
  tally: CallTally,
): Promise<BilledReply | ProviderError> {
  const began = Date.now();
  const reply = await traced(deps.tracing, call, request, async () => {
    const answered = await ask(deps, call, request, tally);
    return answered instanceof ProviderError ? answered : billed(answered, request, tally);
  });
  if (reply.limits) await deps.limiter.learn(call, reply.limits, began);
  if (reply instanceof ProviderError) {
    if (!reply.perhaps_billed && tally.bytes === 0) {
      await deps.limiter.settle(call, taken, NOTHING_BUT_A_REQUEST);
    }
  } else {
    await deps.limiter.settle(call, taken, estimates.learn(call, request, reply.usage));
  }
  return reply;
}

const NOTHING_BUT_A_REQUEST: RateLimitCost = { requests: 1, tokens: 0, input_tokens: 0, output_tokens: 0 };

async function ask(
  deps: ModelDeps,
  call: PreparedCall,
  request: ModelRequest,
  tally: CallTally,
): Promise<ModelReply | ProviderError> {
  const context = Context.current();
  const notes = createDeltaNotes(call, deps.publish, deps.mask);
  try {
    const reply = await deps.providers[call.provider].call(request, {
      signal: context.cancellationSignal,
      on_delta: (text) => {
        context.heartbeat();
        notes.add(text);
      },
      tally,
    });
    const { content, text } = reply;
    return { ...reply, content: deps.mask.json(content), text: deps.mask.text(text) };
  } catch (error) {
    if (error instanceof ProviderError) return error;
    await deps.store.estimateCall(call.call_id);
    throw error;
  } finally {
    notes.end();
  }
}
