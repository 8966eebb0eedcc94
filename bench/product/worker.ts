import { createActivities } from '../../activities/index.ts';
import { runWorker } from '../../worker/run-worker.ts';
import { withInstantAgent } from './instant-agent.ts';

// The product's worker, with an agent that starts no process.
await runWorker((deps) => withInstantAgent(createActivities(deps), deps.worker));
