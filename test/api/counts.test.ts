import { WorkflowClient } from '@temporalio/client';
import proto from '@temporalio/proto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { jobWorkflowId } from '../../contracts/names.ts';
import type { Store } from '../../store/index.ts';
import { until } from '../setup/until.ts';
import { openStream } from './read-stream.ts';
import { startApi } from './setup.ts';

let api: Awaited<ReturnType<typeof startApi>>;
let store: Store;
beforeAll(async () => {
  api = await startApi();
  store = api.store;
});
afterAll(() => api.close());

/** What the API asked Temporal and the database for, by name. */
let asked: string[] = [];

/** The requests of the SDK's client, by the methods that send them. */
const SENDERS = {
  _startWorkflowHandler: 'start',
  _updateWithStartHandler: 'update with start',
  _startUpdateHandler: 'update',
  _pollForUpdateOutcome: 'poll of an update',
  _queryWorkflowHandler: 'query',
  _describeWorkflowHandler: 'describe',
};

beforeEach(() => {
  // what a reader asks for once a second for safety is not counted here
  vi.useFakeTimers({ toFake: ['setInterval'] });
  const client = WorkflowClient.prototype as unknown as Record<string, () => unknown>;
  for (const [method, name] of Object.entries(SENDERS)) {
    const send = client[method]!;
    vi.spyOn(client, method).mockImplementation(function (this: unknown, ...args: []) {
      asked.push(name);
      return send.apply(this, args);
    });
  }
  // the worker beside it has the store itself
  api.deps.store = new Proxy(store, {
    get(target, name: keyof Store) {
      const value = target[name];
      if (typeof value !== 'function') return value;
      return (...args: []) => {
        asked.push(name);
        return (value as (...args: []) => unknown)(...args);
      };
    },
  });
  asked = [];
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  api.deps.store = store;
});

const taken = (): string[] => asked.splice(0);

async function submit(count = 10, headers: Record<string, string> = {}) {
  const tasks = Array.from({ length: count }, (_, index) => ({
    task_id: `t${index}`,
    title: `Task ${index}`,
    agent: 'command',
    command: 'true',
  }));
  const body = { title: 'A test', description: 'x', plan: { tasks } };
  return (await api.ask('POST', '/orchestrate/submit', body, headers)).body;
}

async function historyTypes(job_id: string): Promise<number[]> {
  const { events } = await api.worker.client.workflow.getHandle(jobWorkflowId(job_id)).fetchHistory();
  return (events ?? []).map(({ eventType }) => Number(eventType));
}

test('a submit with a plan of 10 is one call to Temporal, a read of the database and two writes to the list, and two events of its own', async () => {
  const { job_id, status, plan } = await submit();
  expect({ status, tasks: plan.tasks.length }).toEqual({ status: 'awaiting_approval', tasks: 10 });
  expect(taken()).toEqual(['listAgents', 'addJobs', 'update with start', 'noteStanding', 'wholePlan']);
  const types = await historyTypes(job_id);
  const { EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED, EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED } =
    proto.temporal.api.enums.v1.EventType;
  const updates = types.filter(
    (type) =>
      type >= EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED &&
      type <= EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED,
  );
  expect(updates).toHaveLength(2);
  // one that asks for the roster, and one that has it
  const begun = types.indexOf(EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED);
  expect(
    types
      .slice(0, begun)
      .filter((type) => type === proto.temporal.api.enums.v1.EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED),
  ).toHaveLength(2);
});

test('a submit with a key reads twice more, to know whether it was used', async () => {
  await submit(10, { 'idempotency-key': 'counted' });
  expect(taken()).toEqual([
    ...['listAgents', 'getTombstone', 'readArchived'],
    ...['addJobs', 'update with start', 'noteStanding', 'wholePlan'],
  ]);
});

test('a plan that is too large to stand in the history once more costs one query besides', async () => {
  const { plan } = await submit(100);
  expect(plan.tasks).toHaveLength(100);
  expect(taken()).toEqual([
    ...['listAgents', 'addJobs', 'update with start', 'noteStanding'],
    ...['getTombstone', 'readArchived', 'query', 'wholePlan'],
  ]);
});

test('connecting to a live job is one query for the first client, and none for others', async () => {
  const { job_id } = await submit();
  taken();
  const first = await openStream(api, `/orchestrate/${job_id}/events`);
  await first.until('approval.requested');
  expect(taken()).toEqual(['getTombstone', 'readArchived', 'query']);
  const second = await openStream(api, `/orchestrate/${job_id}/events`);
  await second.until('approval.requested');
  expect(taken()).toEqual(['getTombstone', 'readArchived']);
  await Promise.all([first.close(), second.close()]);
});

test('an event that comes committed costs a watching client nothing; one that does not, one query', async () => {
  const { job_id } = await submit();
  const clients = [
    await openStream(api, `/orchestrate/${job_id}/events`),
    await openStream(api, `/orchestrate/${job_id}/events`),
  ];
  for (const client of clients) await client.until('approval.requested');
  taken();
  const seq = clients[0]!.ids.at(-1)!;
  const about = { job_id, at: new Date().toISOString(), data: {} };
  const events = [
    { ...about, seq: seq + 1, type: 'job.paused' as const },
    { ...about, seq: seq + 2, type: 'job.resumed' as const },
  ];
  api.deps.notes.publish({ kind: 'committed', job_id, events, closed: false });
  for (const client of clients) await client.until('job.resumed');
  expect(taken()).toEqual([]);
  await Promise.all(clients.map((client) => client.close()));

  const other = (await submit()).job_id;
  const watching = await openStream(api, `/orchestrate/${other}/events`);
  await watching.until('approval.requested');
  taken();
  // nothing follows it that would say it is committed
  const added = await api.ask('POST', `/orchestrate/${other}/budget`, { add_usd: 1 });
  expect(added.status).toBe(200);
  await watching.until('budget.added');
  expect(taken().filter((name) => !['getTombstone', 'update', 'noteStanding'].includes(name))).toEqual([
    'readArchived',
    'query',
  ]);
  await watching.close();
});

test('a notification of what never comes is followed by six looks, and costs nothing after that', async () => {
  const { job_id } = await submit();
  const watching = await openStream(api, `/orchestrate/${job_id}/events`);
  await watching.until('approval.requested');
  taken();
  const { gateway } = api.deps;
  let answered = 0;
  api.deps.gateway = {
    ...gateway,
    queryJob: (...args) =>
      gateway.queryJob(...args).finally(() => {
        answered += 1;
      }),
  };
  api.deps.notes.publish({ kind: 'doorbell', job_id, seq: 1_000_000 });
  await until(() => answered === 6, { what: 'six looks' });
  await new Promise(setImmediate);
  taken();
  const event = { job_id, at: new Date().toISOString(), data: {}, type: 'job.paused' as const };
  const seq = watching.ids.at(-1)! + 1;
  api.deps.notes.publish({ kind: 'committed', job_id, events: [{ ...event, seq }], closed: false });
  await watching.until('job.paused');
  expect(taken()).toEqual([]);
  await watching.close();
  api.deps.gateway = gateway;
});

test('a job that is watched to its end is asked for events at most once a notification, and the archive not at all', async () => {
  const { job_id } = await submit();
  const watching = await openStream(api, `/orchestrate/${job_id}/events`);
  await watching.until('approval.requested');
  let rings = 0;
  const stop = api.deps.notes.subscribe(job_id, ({ kind }) => {
    if (kind === 'doorbell') rings += 1;
  });
  await api.ask('POST', `/orchestrate/${job_id}/approve`);
  taken();
  await watching.until('job.completed');
  const all = taken();
  stop();
  expect(watching.ids.length).toBeGreaterThan(30);
  expect(all.filter((name) => name === 'query').length).toBeLessThanOrEqual(rings);
  // a query that was refused is followed by a look whether the job has ended
  expect(all.filter((name) => !['query', 'describe'].includes(name))).toEqual([]);
  await watching.close();
});
