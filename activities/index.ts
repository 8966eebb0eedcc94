import { createToolActivities } from './agent-tools.ts';
import { createCleanupActivities } from './cleanup.ts';
import { createCommandActivities } from './command-agent.ts';
import { readDelegated } from './delegated.ts';
import type { ActivityDeps } from './deps.ts';
import { createHostActivities } from './hosts.ts';
import { callHttpAgent } from './http/call-agent.ts';
import { createJournalActivities } from './journal.ts';
import { createModelActivities } from './model/index.ts';
import { createPlanningActivities } from './planning.ts';
import { createQueueAgentActivities } from './queue-agent.ts';
import { createRecoveryActivities } from './recovery.ts';
import { createAgentActivities } from './registered-agents.ts';
import { assembleReport } from './report.ts';
import type { Activities } from './types.ts';
import { createWebhookActivities } from './webhooks/index.ts';

/** Every activity, over what it works with. */
export function createActivities(deps: ActivityDeps): Activities {
  return {
    ...createPlanningActivities(deps),
    ...createAgentActivities(deps),
    ...createQueueAgentActivities(deps),
    ...createModelActivities(deps),
    ...createCommandActivities(deps),
    ...createHostActivities(deps),
    ...createToolActivities(deps),
    ...createJournalActivities(deps),
    ...createCleanupActivities(deps),
    ...createRecoveryActivities(deps),
    ...createWebhookActivities(deps),
    callHttpAgent: (request) => callHttpAgent(request, deps),
    readDelegated: (input) => readDelegated(deps, input),
    assembleReport: (input) => assembleReport(input, deps.store),
  };
}
