import type { RateLimit, RateLimits } from './types.ts';

/**
 * Seconds to wait, by `retry-after-ms`, then `retry-after` (seconds or an HTTP date); null when neither says.
 */
export function retryAfterSeconds(headers: Headers | undefined): number | null {
  const milliseconds = Number.parseFloat(headers?.get('retry-after-ms') ?? '');
  if (Number.isFinite(milliseconds)) return Math.max(0, milliseconds / 1000);
  const text = headers?.get('retry-after');
  if (!text) return null;
  const seconds = Number(text);
  if (Number.isFinite(seconds)) return Math.max(0, seconds);
  const date = Date.parse(text);
  return Number.isNaN(date) ? null : Math.max(0, (date - Date.now()) / 1000);
}

/**
 * The limits in an answer's headers; undefined when there are none.
 * @see https://docs.claude.com/en/api/rate-limits#response-headers
 */
export function anthropicLimits(headers: Headers | undefined): RateLimits | undefined {
  const named = (name: string) =>
    toLimit(
      headers?.get(`anthropic-ratelimit-${name}-limit`),
      headers?.get(`anthropic-ratelimit-${name}-remaining`),
      toIso(Date.parse(headers?.get(`anthropic-ratelimit-${name}-reset`) ?? '')),
    );
  return present({
    requests: named('requests'),
    input_tokens: named('input-tokens'),
    output_tokens: named('output-tokens'),
    tokens: named('tokens'),
  });
}

/**
 * The limits in an answer's headers; undefined when there are none. Gemini and Ollama send none.
 * @see https://platform.openai.com/docs/guides/rate-limits#rate-limits-in-headers
 */
export function openAiLimits(headers: Headers | undefined): RateLimits | undefined {
  const named = (name: string) =>
    toLimit(
      headers?.get(`x-ratelimit-limit-${name}`),
      headers?.get(`x-ratelimit-remaining-${name}`),
      toIso(Date.now() + durationMs(headers?.get(`x-ratelimit-reset-${name}`) ?? '')),
    );
  return present({ requests: named('requests'), tokens: named('tokens') });
}

const UNIT_MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `6m0s`, `1.5s`, `12ms`; a bare number is seconds. NaN for anything else. */
function durationMs(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  if (!/^(\d+(\.\d+)?(ms|[smhd]))+$/.test(text)) return Number.NaN;
  const parts = text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g);
  return [...parts].reduce((sum, [, count, unit = '']) => sum + Number(count) * (UNIT_MS[unit] ?? 0), 0);
}

/** Some gateways send -1 where they do not know. */
function toLimit(
  limit: string | null | undefined,
  remaining: string | null | undefined,
  reset_at: string | null,
): RateLimit | undefined {
  const isCount = (text: string | null | undefined) => /^\d+$/.test(text ?? '');
  if (!isCount(limit) || !isCount(remaining)) return undefined;
  return { limit: Number(limit), remaining: Number(remaining), reset_at };
}

const toIso = (time: number): string | null => (Number.isNaN(time) ? null : new Date(time).toISOString());

function present(limits: { [K in keyof RateLimits]: RateLimit | undefined }): RateLimits | undefined {
  const { requests, input_tokens, output_tokens, tokens } = limits;
  if (!requests && !input_tokens && !output_tokens && !tokens) return undefined;
  return {
    ...(requests && { requests }),
    ...(input_tokens && { input_tokens }),
    ...(output_tokens && { output_tokens }),
    ...(tokens && { tokens }),
  };
}
