/** Does nothing. */
export async function noop(): Promise<void> {}
