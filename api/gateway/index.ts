import { WorkflowNotFoundError } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import type { TemporalTarget } from '../../config/temporal-connection.ts';
import { createTurns } from '../turns.ts';
import { reusedKey, sendCommand, signalAgentAppeared, signalCallback, startDeletion } from './commands.ts';
import { readEngine } from './engine.ts';
import { describeJob, type NewJob } from './jobs.ts';
import { openLink, type TemporalLink } from './link.ts';
import { readLoad, type TemporalLoad } from './load.ts';
import { type StartedJob, startPlanned } from './planned.ts';
import { countPollers } from './pollers.ts';
import { type JobQueries, queryConversation, queryJob } from './queries.ts';
import { notifyWebhooks, testWebhook } from './webhooks.ts';
import { describeWork } from './work.ts';
import { watchWrites } from './writes.ts';

/**
 * Everything that the API asks of Temporal; nothing else in the API knows its client. It connects at the first call, and
 * again by itself whenever that breaks. What each call does and throws stands at its function.
 * @param payloads where what is too large for a history lies: `payloads` of the store
 * @param settings of the jobs that it starts, where they differ from the defaults
 */
export function createGateway(
  target: TemporalTarget,
  payloads: DataConverter,
  settings: NewJob['settings'] = {},
) {
  const link = openLink(target, payloads);
  const turns = createTurns();
  const takesWrites = watchWrites(link);
  const linked =
    <A extends unknown[], R>(call: (link: TemporalLink, ...args: A) => R) =>
    (...args: A): R =>
      call(link, ...args);
  return {
    startJob: (job: NewJob, milliseconds: number) => startPlanned(link, { ...job, settings }, milliseconds),
    describeJob: (job_id: string) => turns(`describe ${job_id}`, () => describeJob(link, job_id)),
    sendCommand: linked(sendCommand),
    queryJob: <N extends keyof JobQueries>(job_id: string, name: N, ...args: JobQueries[N]['args']) =>
      turns(`query ${JSON.stringify([job_id, name, args])}`, () => queryJob(link, job_id, name, args)),
    queryConversation: linked(queryConversation),
    describeWork: linked(describeWork),
    signalCallback: linked(signalCallback),
    signalAgentAppeared: linked(signalAgentAppeared),
    startDeletion: linked(startDeletion),
    notifyWebhooks: linked(notifyWebhooks),
    testWebhook: linked(testWebhook),
    /** Whether Temporal answers and takes writes, and how many worker processes poll the main queue. */
    health: () =>
      turns('health', async () => {
        if (!(await link.ping())) return { temporal: false, workers: 0 };
        const [temporal, workers] = await Promise.all([takesWrites(), countPollers(link)]);
        return { temporal, workers };
      }),
    load: linked(readLoad),
    engine: () => turns('engine', async () => ({ address: target.address, ...(await readEngine(link)) })),
    close: () => link.close(),
  };
}

/** A gateway to one Temporal: see {@link createGateway}. */
export type Gateway = ReturnType<typeof createGateway>;

export type { NewJob, StartedJob, TemporalLoad };
export { reusedKey };

/** Whether an error says that Temporal has no such workflow, or only a closed one. */
export const isWorkflowGone = (error: unknown): boolean => error instanceof WorkflowNotFoundError;
