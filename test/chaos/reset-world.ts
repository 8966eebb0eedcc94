import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { stringify } from 'yaml';
import { dataDir } from '../../config/data-dir.ts';
import { jobWorkflowId, taskWorkflowId } from '../../contracts/names.ts';
import { readAddresses } from '../../runtime/addresses.ts';
import { API_KEY, agentConfig, shellAgent } from '../agents/setup.ts';
import { type FakeAnthropic, startFakeAnthropic } from '../fakes/anthropic.ts';
import type { HistoryEvent, RecordedRun } from '../replay/histories.ts';
import { type Place, reset } from '../setup/reset.ts';
import { until } from '../setup/until.ts';
import type { Random } from './random.ts';
import { type System, startSystem } from './system.ts';

/** The one-machine mode whose agents think with a fake, and somebody who resets workflows in Temporal. */
export interface ResetWorld {
  system: System;
  fake: FakeAnthropic;
  client: Client;
  connection: Connection;
  namespace: string;
  /** resets the workflow of a job, or of one of its tasks; again where it had no workflow task yet, or was just ending */
  reset(place: Place | number, job_id: string, task_id?: string): Promise<void>;
  /** every run of a job's workflow and of its tasks', those that were reset among them */
  runs(job_id: string): Promise<RecordedRun[]>;
  close(): Promise<void>;
}

/** @param agents names of agents with a model and a shell */
export async function startResetWorld(temporalBinary: string, agents: string[]): Promise<ResetWorld> {
  const fake = await startFakeAnthropic({ api_key: API_KEY });
  const system = await startSystem(temporalBinary, {
    env: { ANTHROPIC_API_KEY: API_KEY, ANTHROPIC_BASE_URL: fake.url },
    files: {
      'orchestrator.yaml': stringify(agentConfig()),
      ...Object.fromEntries(
        agents.map((name) => [
          `agents/${name}.md`,
          shellAgent(name, 'You do one task at a time, and never lose your place.'),
        ]),
      ),
    },
  });
  const { temporal_address, namespace } = readAddresses(dataDir(system.folder))!;
  const connection = await Connection.connect({ address: temporal_address });
  const client = new Client({ connection, namespace });
  const { workflow } = client;
  return {
    ...{ system, fake, client, connection, namespace },
    async reset(place, job_id, task_id) {
      const id = task_id === undefined ? jobWorkflowId(job_id) : taskWorkflowId(job_id, task_id);
      const once = () => reset({ client, connection, namespace }, id, place).then(() => true);
      await until(once, { what: `${id} to be reset` });
    },
    async runs(job_id) {
      const id = jobWorkflowId(job_id);
      const found: RecordedRun[] = [];
      const query = `WorkflowId = '${id}' OR WorkflowId STARTS_WITH '${id}/'`;
      for await (const { workflowId, runId } of workflow.list({ query })) {
        const history = await workflow.getHandle(workflowId, runId).fetchHistory();
        const { events } = JSON.parse(historyToJSON(history)) as { events: HistoryEvent[] };
        found.push({ workflow_id: workflowId, events });
      }
      return found;
    },
    async close() {
      await connection.close();
      await system.cleanUp();
      await fake.close();
    },
  };
}

/** Where to: one of the ends, or anywhere. */
export const anyPlace = (random: Random): Place | number =>
  random.pick<Place | number>(['first', 'last', random.between(0, 100) / 100, random.between(0, 100) / 100]);
