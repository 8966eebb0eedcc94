import type { AttemptRequest } from '../contracts/attempt.ts';
import { createToolActivities } from './agents/agent-tools.ts';
import { createQueueAgentActivities } from './agents/queue-agent.ts';
import { createAgentActivities } from './agents/registered-agents.ts';
import { createCodingActivities } from './coding/index.ts';
import { createCommandActivities } from './command/agent.ts';
import type { ActivityDeps } from './deps.ts';
import { callHttpAgent } from './http/call-agent.ts';
import { readDelegated } from './job/delegated.ts';
import { createHostActivities } from './job/hosts.ts';
import { createJournalActivities } from './job/journal.ts';
import { createPlanningActivities } from './job/planning.ts';
import { createRecoveryActivities } from './job/recovery.ts';
import { assembleReport } from './job/report.ts';
import { masked } from './masked.ts';
import { createModelActivities } from './model/index.ts';
import { createRepositoryActivities } from './repository/index.ts';
import type { Activities, DelegatedCall } from './types.ts';
import { createCleanupActivities } from './upkeep/cleanup.ts';
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
        ...createCodingActivities(deps),
        ...createToolActivities(deps),
        ...createRepositoryActivities(deps),
        callHttpAgent: (request: AttemptRequest) => callHttpAgent(request, deps),
        readDelegated: (input: DelegatedCall) => readDelegated(deps, input),
      },
      deps.mask,
    ),
    assembleReport: (input) => assembleReport(input, deps.store),
  };
}
