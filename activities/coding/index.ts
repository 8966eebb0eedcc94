import { Context } from '@temporalio/activity';
import { holdRun } from '../command/held-runs.ts';
import type { ActivityDeps } from '../deps.ts';
import type { Activities } from '../types.ts';
import { prepareCoding } from './prepare.ts';
import { runAssistant } from './run.ts';

/** Coding assistants of others, as agents. */
export function createCodingActivities(deps: ActivityDeps): Pick<Activities, 'prepareCoding' | 'runCoding'> {
  return {
    prepareCoding: (input) => prepareCoding(deps, input),
    runCoding: (input) =>
      holdRun(Context.current(), input.heartbeat_seconds, (signal) => runAssistant(deps, input, signal)),
  };
}
