import type { components } from './generated/openapi.d.ts';

type ErrorBody = components['schemas']['Error'];

/** The API answered with an error. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: string;
  readonly fields: ErrorBody['error']['fields'];
  constructor(status: number, error: ErrorBody['error']) {
    super(error.message);
    this.status = status;
    this.code = error.code;
    this.fields = error.fields;
  }
}

/** Nothing answered: the service does not run there, or the connection broke. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
  constructor(cause: unknown) {
    super(reasonOf(cause), { cause });
  }
}

/** The error of an answer, whatever its body is; a proxy's page has no code of ours. */
export function apiErrorOf(status: number, body: unknown): ApiError {
  if (isErrorBody(body)) return new ApiError(status, body.error);
  return new ApiError(status, {
    code: `http_${status}`,
    message: `The server answered ${status} without saying why.`,
    fields: [],
  });
}

function isErrorBody(body: unknown): body is ErrorBody {
  if (typeof body !== 'object' || body === null || !('error' in body)) return false;
  const { error } = body;
  return (
    typeof error === 'object' && error !== null && 'code' in error && 'message' in error && 'fields' in error
  );
}

/** `fetch` hides why it failed in causes. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause !== undefined) return reasonOf(error.cause);
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  return error.message || ('code' in error ? String(error.code) : error.name);
}
