import type { Block } from '../contracts/conversation.ts';
import type { Usage } from '../contracts/money.ts';
import type { ProviderName } from '../contracts/spec.ts';
import type { ToolDefinition } from '../contracts/tool.ts';

/** A provider of models. */
export interface Provider {
  name: ProviderName;
  /** used where nothing names a model; null where there is none to fall back on */
  default_model: string | null;
  /** the environment variable of its key; null for providers without one */
  env_key: string | null;
  base_url: string | null;
  /** Whether calls can be made, by what is set up alone; `reason` says what to do when not. */
  configured(): { ok: true } | { ok: false; reason: string };
  /** Whether it answers at all, within a few seconds. Never throws. */
  reachable(): Promise<boolean>;
  /** Names of its models. Throws {@link ProviderError}. */
  models(): Promise<string[]>;
  /**
   * Tokens that prompt and answer may have together: what the config says, else what the price table knows, else a
   * bound that is safe for the provider's models (see context-window.ts).
   */
  context_window(model: string): number;
  /**
   * One answer, streamed. Throws {@link ProviderError}, and whatever the signal was aborted with.
   * Never repeats a request by itself.
   */
  call(request: ModelRequest, options: CallOptions): Promise<ModelReply>;
}

export interface CallOptions {
  /** aborts the request; the provider may still bill what it had done */
  signal: AbortSignal;
  /** called with every piece of text as it comes; thinking and arguments of tools are not told */
  on_delta(text: string): void;
  /** kept up while the call goes on, and right however it ends; left out: nobody asks */
  tally?: CallTally;
}

/** What is known of a call without a bill: what it can have cost at most is reckoned from it. */
export interface CallTally {
  /** of the answer, in UTF-8: text, thinking and arguments of tools */
  bytes: number;
  /** the model may have thought without showing all of it, so that nobody knows how much it used */
  unseen: boolean;
}

export const newTally = (): CallTally => ({ bytes: 0, unseen: false });

/** A message to a model; a string is one block of text. */
export interface RequestMessage {
  role: 'user' | 'assistant';
  /** results of tools come first in the message that follows their calls, one for each */
  content: string | Block[];
}

/** What is asked of a model, in no provider's own words. */
export interface ModelRequest {
  model: string;
  /** the same for all calls of an agent, so that the provider can cache it */
  system: string;
  messages: RequestMessage[];
  /** in a stable order, for the cache; must be there as soon as `messages` hold a call */
  tools?: ToolDefinition[];
  /** `none`: it must answer in text, whatever tools there are; default `auto` */
  tool_choice?: 'auto' | 'none';
  max_output_tokens: number;
  /** JSON schema of an object that the answer must be */
  output_schema?: Record<string, unknown>;
}

export interface ModelReply {
  /**
   * Text, calls of tools, and what this provider wants back unchanged, in their order. There are calls only when
   * `stop_reason` is `tool_use`: those of an answer that was cut off may lack arguments, and are left out.
   */
  content: Block[];
  /** the text of `content`, joined */
  text: string;
  /** `max_tokens`: cut off; `refusal`: the model declined; `other`: it wants something that was not offered */
  stop_reason: 'end' | 'tool_use' | 'max_tokens' | 'refusal' | 'other';
  /** null: it was not told, or can't be true */
  usage: Usage | null;
  /** why there is no usage, in words that follow "because" */
  usage_problem?: string;
  /** what the provider said of its limits, where it does */
  limits?: RateLimits;
}

/**
 * The only field of a call's `input` when its arguments did not come whole, or can't be read as a JSON object: what came
 * instead. Such a call is not carried out; the model is told.
 */
export const UNPARSED_ARGUMENTS = 'unparsed_arguments';

/** One limit of a provider, as its headers say. */
export interface RateLimit {
  /** in its window, mostly a minute */
  limit: number;
  remaining: number;
  /** when all of it is there again, ISO time; null when it does not say */
  reset_at: string | null;
}

/** The limits that a provider tells of: of requests, of tokens by direction, or of all tokens together. */
export interface RateLimits {
  requests?: RateLimit;
  input_tokens?: RateLimit;
  output_tokens?: RateLimit;
  tokens?: RateLimit;
}

/**
 * What went wrong. Not done and not billed, unless something of an answer had come: `rate_limited`, `overloaded`,
 * `invalid_request`, `auth`, `unavailable`. Perhaps done, perhaps billed: `timeout`, `unknown_outcome`.
 */
export type ProviderErrorKind =
  | 'rate_limited'
  | 'overloaded'
  | 'invalid_request'
  | 'auth'
  | 'timeout'
  | 'unavailable'
  | 'unknown_outcome';

/** What a provider that does not answer leaves; anything else, a refusal too, shows that it is there. */
export const NO_ANSWER: readonly ProviderErrorKind[] = ['unavailable', 'timeout', 'unknown_outcome'];

/** A call that gave no answer. The message is for the user: no keys, no stack. */
export class ProviderError extends Error {
  readonly kind: ProviderErrorKind;
  /** seconds that the provider asks to wait; null when it does not say */
  readonly retry_after_seconds: number | null;
  /** what the provider said of its limits, where it does */
  readonly limits: RateLimits | undefined;
  constructor(
    kind: ProviderErrorKind,
    message: string,
    retryAfterSeconds: number | null = null,
    limits?: RateLimits,
  ) {
    super(message);
    this.name = 'ProviderError';
    this.kind = kind;
    this.retry_after_seconds = retryAfterSeconds;
    this.limits = limits;
  }

  /** Whether the provider may have done, and billed, what was asked. */
  get perhaps_billed(): boolean {
    return this.kind === 'timeout' || this.kind === 'unknown_outcome';
  }
}
