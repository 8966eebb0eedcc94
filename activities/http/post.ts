/** What came of posting a brief. */
export type PostResult =
  | { kind: 'answer'; status: number; body: string }
  /** nobody took the brief: no connection came about */
  | { kind: 'unreachable'; reason: string }
  /** the brief may have been taken, but no usable answer came */
  | { kind: 'broken'; code: string; reason: string };

/** Longest answer that is read; larger results belong where the agent can name their address. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** Codes of connections that never came about. */
const NO_CONNECTION = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/**
 * Posts JSON and reads the answer. Redirects are not followed: they would carry the headers elsewhere.
 * Rejects with the signal's reason when it aborts, and never otherwise.
 * @param timeout_seconds until the whole answer is there
 */
export async function postJson(
  url: string,
  options: {
    body: unknown;
    headers: Record<string, string>;
    timeout_seconds: number;
    signal: AbortSignal;
    max_bytes?: number;
  },
): Promise<PostResult> {
  const { signal, timeout_seconds, max_bytes = MAX_ANSWER_BYTES } = options;
  signal.throwIfAborted();
  const timeout = AbortSignal.timeout(timeout_seconds * 1000);
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { accept: 'application/json', ...options.headers, 'content-type': 'application/json' },
      body: JSON.stringify(options.body),
      redirect: 'manual',
      signal: AbortSignal.any([signal, timeout]),
    });
    const body = await readCapped(response, max_bytes);
    if (body !== null) return { kind: 'answer', status: response.status, body };
    return {
      kind: 'broken',
      code: 'agent_answer_too_large',
      reason: `answered more than ${max_bytes} bytes`,
    };
  } catch (error) {
    signal.throwIfAborted();
    if (timeout.aborted) {
      const reason = `did not answer within ${timeout_seconds} s (answer_timeout_seconds); for longer work it should answer 202 and call back`;
      return { kind: 'broken', code: 'agent_timeout', reason };
    }
    const code = codeOf(error);
    return NO_CONNECTION.has(code)
      ? { kind: 'unreachable', reason: code }
      : { kind: 'broken', code: 'agent_connection_lost', reason: `broke the connection (${code})` };
  }
}

/** Null when there is more than fits; the rest is not read. */
async function readCapped(response: Response, max_bytes: number): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > max_bytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The code below a "fetch failed"; several addresses of one name come as one error with many. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error.cause === undefined ? error.message : codeOf(error.cause);
}
