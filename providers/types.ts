import type { Usage } from '../contracts/money.ts';
import type { ProviderName } from '../contracts/spec.ts';

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
   * One answer, streamed. Throws {@link ProviderError}, and whatever the signal was aborted with.
   * Never repeats a request by itself.
   */
  call(request: ModelRequest, options: CallOptions): Promise<ModelReply>;
}

export interface CallOptions {
  /** aborts the request; the provider may still bill what it had done */
  signal: AbortSignal;
  /** called with every piece of text as it comes */
  on_delta(text: string): void;
}

/** What is asked of a model, in no provider's own words. */
export interface ModelRequest {
  model: string;
  /** the same for all calls of an agent, so that the provider can cache it */
  system: string;
  messages: { role: 'user' | 'assistant'; content: string }[];
  max_output_tokens: number;
  /** JSON schema of an object that the answer must be */
  output_schema?: Record<string, unknown>;
}

export interface ModelReply {
  text: string;
  /** `max_tokens`: cut off; `refusal`: the model declined; `other`: it wants something that was not offered */
  stop_reason: 'end' | 'max_tokens' | 'refusal' | 'other';
  usage: Usage;
}

/**
 * What went wrong. Not done and not billed: `rate_limited`, `overloaded`, `invalid_request`, `auth`,
 * `unavailable`. Perhaps done, perhaps billed: `timeout`, `unknown_outcome`.
 */
export type ProviderErrorKind =
  | 'rate_limited'
  | 'overloaded'
  | 'invalid_request'
  | 'auth'
  | 'timeout'
  | 'unavailable'
  | 'unknown_outcome';

/** A call that gave no answer. The message is for the user: no keys, no stack. */
export class ProviderError extends Error {
  readonly kind: ProviderErrorKind;
  /** seconds that the provider asks to wait; null when it does not say */
  readonly retry_after_seconds: number | null;
  constructor(kind: ProviderErrorKind, message: string, retryAfterSeconds: number | null = null) {
    super(message);
    this.name = 'ProviderError';
    this.kind = kind;
    this.retry_after_seconds = retryAfterSeconds;
  }

  /** Whether the provider may have done, and billed, what was asked. */
  get perhaps_billed(): boolean {
    return this.kind === 'timeout' || this.kind === 'unknown_outcome';
  }
}
