import { DefaultLogger, Runtime } from '@temporalio/worker';

let quiet = false;

/** The SDK's runtime is one a process; only its errors are of interest in a test. */
export function quietSdk(): void {
  if (!quiet) Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
  quiet = true;
}
