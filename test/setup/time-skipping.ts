import { TestWorkflowEnvironment } from '@temporalio/testing';
import { inject } from 'vitest';
import { until } from './until.ts';

/** False where the test server can't be had; then `describe.skipIf(!hasTimeSkipping)` names what is skipped. */
export const hasTimeSkipping = inject('testServerPath') !== undefined;

/**
 * A server of its own whose clock jumps to the next timer while a test awaits a result. One test at a time may
 * use it; call `teardown()` at the end. It has no list or count, schedules or batch, and does not enforce the
 * parent close policy.
 */
export async function startTimeSkipping(): Promise<TestWorkflowEnvironment> {
  const path = inject('testServerPath');
  if (!path) throw new Error('the time-skipping test server is not there: install java and mvn');
  const server = { executable: { type: 'existing-path', path } } as const;
  // a busy machine may not start Java within the 5 s that the SDK waits
  return until(() => TestWorkflowEnvironment.createTimeSkipping({ server }), {
    timeoutMs: 60_000,
    what: 'the server with skipped time',
  });
}
