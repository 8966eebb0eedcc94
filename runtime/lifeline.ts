/** Exit code for a mistake in the configuration (EX_CONFIG of sysexits.h): the launcher does not try again. */
export const CONFIG_ERROR_EXIT = 78;

/**
 * Tells the launcher that this process runs, and ends it gracefully: when the launcher that started it is gone (standard
 * input is a pipe to it), on SIGTERM, SIGINT and SIGHUP. Runs `stop` once and exits with 0, or with 1 when it failed or took longer than
 * `graceSeconds` (default 14, a little less than the launcher waits). A second signal exits at once.
 */
export function stopAtLauncherEnd(stop: () => Promise<void>, options: { graceSeconds?: number } = {}): void {
  const graceSeconds = options.graceSeconds ?? 14;
  let stopping = false;
  const end = () => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(1), graceSeconds * 1000).unref();
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error instanceof Error ? error.message : error);
        process.exit(1);
      },
    );
  };
  const onSignal = () => (stopping ? process.exit(1) : end());
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, onSignal);
  if (process.env.ORCHESTRATOR_LAUNCHED !== '1') return;

  // What this process starts must not take its own standard input for the pipe.
  delete process.env.ORCHESTRATOR_LAUNCHED;
  process.send?.('running', () => {}); // the launcher may be gone
  process.stdin.on('error', end).on('close', end).on('end', end).resume();
}
