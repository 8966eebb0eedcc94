import type { PreparedCall } from '../../contracts/prepared-call.ts';
import { PROVIDERS } from '../../contracts/providers.ts';
import { type ModelRequest, ProviderError } from '../../providers/types.ts';
import type { Attributes, Tracing } from '../../telemetry/tracing.ts';
import type { BilledReply } from './billed.ts';

/**
 * Makes a span of a question to a model, after the GenAI semantic conventions
 * (https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/), without what is asked and answered.
 */
export async function traced(
  tracing: Tracing | undefined,
  call: PreparedCall,
  request: ModelRequest,
  ask: () => Promise<BilledReply | ProviderError>,
): Promise<BilledReply | ProviderError> {
  if (!tracing) return ask();
  const { provider, model, agent, purpose, attempt, task_id } = call;
  const attributes: Attributes = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': PROVIDERS[provider].otel_name,
    'gen_ai.request.model': model,
    'gen_ai.request.max_tokens': request.max_output_tokens,
    'gen_ai.agent.name': agent ?? undefined,
    'orchestrator.job_id': call.job_id,
    'orchestrator.task_id': task_id ?? undefined,
    'orchestrator.attempt': attempt ?? undefined,
    'orchestrator.purpose': purpose,
  };
  return tracing.child({ name: `chat ${model}`, kind: 'client', attributes }, async (span) => {
    const reply = await ask();
    if (reply instanceof ProviderError) span.fail(reply.kind);
    else span.set(answered(reply));
    return reply;
  });
}

function answered({ stop_reason, usage }: BilledReply): Attributes {
  const { input_tokens, output_tokens, cache_read_tokens, cache_write_tokens } = usage;
  return {
    'gen_ai.response.finish_reasons': [stop_reason],
    // the conventions count cached ones in
    'gen_ai.usage.input_tokens': input_tokens + cache_read_tokens + cache_write_tokens,
    'gen_ai.usage.output_tokens': output_tokens,
    'gen_ai.usage.cache_read.input_tokens': cache_read_tokens,
    'gen_ai.usage.cache_creation.input_tokens': cache_write_tokens,
  };
}
