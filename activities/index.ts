import type { AttemptRequest } from '../contracts/attempt.ts';
import { createToolActivities } from './agent-tools.ts';
import { createCleanupActivities } from './cleanup.ts';
import { createCommandActivities } from './command-agent.ts';
import { readDelegated } from './delegated.ts';
import type { ActivityDeps } from './deps.ts';
import { createHostActivities } from './hosts.ts';
import { callHttpAgent } from './http/call-agent.ts';
import { createJournalActivities } from './journal.ts';
import { masked } from './masked.ts';
import { createModelActivities } from './model/index.ts';
import { createPlanningActivities } from './planning.ts';
import { createQueueAgentActivities } from './queue-agent.ts';
import { createRecoveryActivities } from './recovery.ts';
import { createAgentActivities } from './registered-agents.ts';
import { assembleReport } from './report.ts';
import type { Activities, DelegatedCall } from './types.ts';
import { createWebhookActivities } from './webhooks/index.ts';

/** Every activity, over what it works with. */
export function createActivities(deps: ActivityDeps): Activities {
  return {
    ...createPlanningActivities(deps),
    ...createAgentActivities(deps),
    ...createHostActivities(deps),
    ...createJournalActivities(deps),
    ...createCleanupActivities(deps),
    ...createRecoveryActivities(deps),
    ...createWebhookActivities(deps),
    ...masked(
      {
        ...createQueueAgentActivities(deps),
        ...createModelActivities(deps),
        ...createCommandActivities(deps),
        ...createToolActivities(deps),
        callHttpAgent: (request: AttemptRequest) => callHttpAgent(request, deps),
        readDelegated: (input: DelegatedCall) => readDelegated(deps, input),
      },
      deps.mask,
    ),
    assembleReport: (input) => assembleReport(input, deps.store),
  };
}
