import { ToolError } from '../tool.ts';

const NO_CONNECTION = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT)$/;

/** Whether no connection came about, so that nothing was sent. */
export function neverSent(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('code' in error && typeof error.code === 'string' && NO_CONNECTION.test(error.code)) return true;
  const inner = [error.cause, ...('original' in error ? [error.original] : [])];
  return inner.some(neverSent) || (error instanceof AggregateError && error.errors.some(neverSent));
}

/**
 * The error for a call without an answer: either nothing was sent, or its outcome is not known. An agent
 * that is told of a plain failure would repeat it.
 * @param what may have happened, as in `The message may have been posted`
 */
export function lostCall(error: unknown, what: string): ToolError {
  const why = error instanceof Error ? error.message : String(error);
  return new ToolError(
    neverSent(error)
      ? `${why}. There was no connection; nothing was sent.`
      : `No answer came (${why}). ${what}: look before you do it again.`,
  );
}
