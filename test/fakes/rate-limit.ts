/** What a fake lets through; both refill evenly, and hold one second's worth. */
export interface RateLimitOptions {
  requests_per_second: number;
  tokens_per_second: number;
}

/** A rate limit as providers have it: two token buckets. */
export interface RateLimit {
  /** Takes a request of so many tokens, or says in how many seconds it would fit; then nothing is taken. */
  take(tokens: number): number;
  /** Takes what an answer used, even if that is more than there is. */
  spend(tokens: number): void;
  state(): LimitState[];
}

/** One of the two: what there is in a second, what is left of it, and when it is all there again. */
export interface LimitState {
  kind: 'requests' | 'tokens';
  size: number;
  left: number;
  full_in_seconds: number;
}

/** A full limit. */
export function createRateLimit(options: RateLimitOptions): RateLimit {
  const requests = createBucket(options.requests_per_second);
  const tokens = createBucket(options.tokens_per_second);
  return {
    take(count) {
      const wait = Math.max(requests.wait(1), tokens.wait(count));
      if (wait > 0) return wait;
      requests.spend(1);
      tokens.spend(count);
      return 0;
    },
    spend: tokens.spend,
    state: () => [
      { kind: 'requests', ...requests.state() },
      { kind: 'tokens', ...tokens.state() },
    ],
  };
}

function createBucket(size: number) {
  let level = size;
  let at = performance.now();
  const refill = () => {
    const now = performance.now();
    level = Math.min(size, level + ((now - at) / 1000) * size);
    at = now;
  };
  return {
    state() {
      refill();
      return { size, left: Math.max(0, Math.floor(level)), full_in_seconds: (size - level) / size };
    },
    /** What is bigger than the bucket fits into a full one. */
    wait(count: number) {
      refill();
      return Math.max(0, (Math.min(count, size) - level) / size);
    },
    spend(count: number) {
      refill();
      level -= count;
    },
  };
}
