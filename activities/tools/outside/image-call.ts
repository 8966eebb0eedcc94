import OpenAI from 'openai';
import type { Artifact } from '../../../contracts/artifact.ts';
import type { CallResult } from '../../../contracts/model-call.ts';
import type { Usage } from '../../../contracts/money.ts';
import { callCostUsd, maxTokensOf, worstCaseUsd } from '../../../core/money/cost.ts';
import { toProviderError } from '../../../providers/errors.ts';
import { readOpenAiError } from '../../../providers/openai-errors.ts';
import { watchSent } from '../../../providers/sent.ts';
import { readUsage } from '../../../providers/usage.ts';
import type { ToolCredentials } from '../credentials.ts';
import type { ToolDeps } from '../deps.ts';
import { type ToolContext, ToolError } from '../tool.ts';

const MODEL = 'gpt-image-1';
const TIMEOUT_MS = 180_000;

/** What the API adds to a prompt. */
const FRAME_TOKENS = 200;
/**
 * More than the largest image of the best quality has (6,240).
 * @see https://platform.openai.com/docs/guides/image-generation#cost-and-latency
 */
const MAX_IMAGE_TOKENS = 6500;

export interface WantedImage {
  prompt: string;
  name: string;
  size: '1024x1024' | '1536x1024' | '1024x1536';
}

/**
 * Has an image made, once: reserves the call in the ledger, and stores image and cost under the `call_id` before it
 * returns. Repeated, it returns the stored image. Throws a {@link ToolError} for what the agent should read.
 */
export async function payForImage(
  deps: Pick<ToolDeps, 'store' | 'price'>,
  credentials: NonNullable<ToolCredentials['openai']>,
  wanted: WantedImage,
  context: ToolContext,
): Promise<Artifact> {
  const { store } = deps;
  const { job_id, task_id, attempt, agent, call_id, signal } = context;
  const most: Usage = {
    input_tokens: maxTokensOf(wanted.prompt) + FRAME_TOKENS,
    output_tokens: MAX_IMAGE_TOKENS,
    cache_read_tokens: 0,
    cache_write_tokens: 0,
  };
  const price = deps.price({ provider: 'openai', model: MODEL, input_tokens: most.input_tokens });
  const { begun, row, answer } = await store.beginCall({
    call_id,
    lease_id: null,
    job_id,
    task_id,
    attempt,
    agent,
    purpose: 'image',
    provider: 'openai',
    model: MODEL,
    price,
    reserved_usd: price ? worstCaseUsd(most.input_tokens, most.output_tokens, price) : 0,
  });
  if (!begun) {
    if (row.status === 'reserved') await store.estimateCall(call_id);
    return imageOf(answer);
  }
  const made = await ask(deps, credentials, wanted, context);
  const usage = made.usage ?? most;
  // what it cannot have used is booked as the most that it can have
  const cost_usd = price ? callCostUsd(usage, price) : 0;
  const ended = { usage, cost_usd };
  const estimated = made.usage === null;
  if (!made.png) {
    const error = { code: 'empty_answer', message: 'The answer holds no image.', retryable: true };
    const failed: CallResult = { status: 'failed', error, cost_usd, worker: null };
    return imageOf((await store.settleCall(call_id, { ...ended, estimated, answer: failed }))?.answer);
  }
  const { name } = wanted;
  const kept = { job_id, task_id, name, media_type: 'image/png', source: made.png };
  const artifact = await store.artifactOf(kept);
  const done: CallResult = {
    status: 'answered',
    answer: { purpose: 'image', artifact },
    ...ended,
    worker: context.worker,
  };
  await store.settleCall(call_id, { ...ended, estimated, answer: done });
  signal.throwIfAborted();
  return artifact;
}

/** The answer, and what it used as far as it says so. A call that may have been billed is left as `estimated`. */
async function ask(
  { store }: Pick<ToolDeps, 'store'>,
  { api_key, base_url }: NonNullable<ToolCredentials['openai']>,
  { prompt, size }: WantedImage,
  { call_id, signal }: ToolContext,
): Promise<{ png: Buffer | null; usage: Usage | null }> {
  const client = new OpenAI({
    apiKey: api_key,
    ...(base_url ? { baseURL: base_url } : {}),
    // every image is paid for
    maxRetries: 0,
    timeout: TIMEOUT_MS,
    fetch: (input, init) => watchSent(() => fetch(input, init)),
    // our log is JSON lines, and its debug level would hold prompts
    logLevel: 'off',
  });
  try {
    const { data, usage } = await client.images.generate({ model: MODEL, prompt, size }, { signal });
    const base64 = data?.[0]?.b64_json;
    return {
      png: base64 ? Buffer.from(base64, 'base64') : null,
      ...readUsage(usage, true, (count) => ({
        input_tokens: count('usage.input_tokens', usage?.input_tokens),
        output_tokens: count('usage.output_tokens', usage?.output_tokens),
        cache_read_tokens: 0,
        cache_write_tokens: 0,
      })),
    };
  } catch (error) {
    const source = { service: 'OpenAI', env_key: 'OPENAI_API_KEY', secret: api_key, read: readOpenAiError };
    const failure = toProviderError(error, false, source);
    if (signal.aborted || failure.perhaps_billed) await store.estimateCall(call_id);
    else await store.releaseCall(call_id);
    signal.throwIfAborted();
    const lost = 'No answer came. It may have been made and paid for; ask again only if it is needed.';
    throw new ToolError(failure.perhaps_billed ? `${failure.message} ${lost}` : failure.message);
  }
}

/** The image that an earlier try of this call left. */
function imageOf(answer: CallResult | null | undefined): Artifact {
  if (answer?.status === 'answered' && answer.answer.purpose === 'image') return answer.answer.artifact;
  if (answer?.status === 'failed') throw new ToolError(answer.error.message);
  throw new ToolError(
    'The image was requested, but the answer was lost. It may have been paid for; ask again only if it is needed.',
  );
}
