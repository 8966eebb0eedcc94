/** The one-machine mode can't start; the message says why and what to do. */
export class LaunchError extends Error {
  override readonly name = 'LaunchError';
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
