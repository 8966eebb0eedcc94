import { randomUUID } from 'node:crypto';
import { expect, inject } from 'vitest';
import type { JobEvent } from '../../contracts/event.ts';
import type { Plan } from '../../contracts/plan.ts';
import type { JobView } from '../../contracts/view.ts';
import { INLINE_PAYLOAD_BYTES } from '../../store/content/payload-storage.ts';
import type { startApi } from '../api/setup.ts';
import type { Random } from '../chaos/random.ts';
import { collectRuns } from '../replay/collect.ts';
import { replay } from '../replay/replay.ts';
import { until } from '../setup/until.ts';
import { type JobSize, largeTasks } from './large-job.ts';
import { sizesOf } from './sizes.ts';

/** What is done to a job before it is carried out. */
export interface Rounds {
  /** edits that send the whole plan anew, and those that change one task */
  replaced: number;
  changed: number;
}

/** Temporal takes 4 MB in one message. */
const MESSAGE_BYTES = 4_000_000;

/** The largest answer that a status may be, however much text the plan has. */
const STATUS_BYTES = 3_000_000;

/**
 * Submits a job of that size over the API, edits its plan, has it carried out, and reads all of it again, live and
 * closed: nothing is lost, nothing that went through Temporal was too large, and its histories replay.
 */
export async function playLargeJob(
  api: Awaited<ReturnType<typeof startApi>>,
  random: Random,
  size: JobSize,
  rounds: Rounds,
  wait_ms: number,
): Promise<void> {
  const ask = async (method: string, path: string, body?: unknown, headers?: Record<string, string>) => {
    const keyed = { 'idempotency-key': randomUUID(), ...headers };
    // on a machine that is busy with other things the worker may take its time: 503 says to send it again
    const told = await until(
      async () => {
        const answer = await api.ask(method, path, body, method === 'GET' ? headers : keyed);
        return answer.status === 503 ? undefined : answer;
      },
      { timeoutMs: 120_000, what: `${method} ${path} to be answered` },
    );
    if (told.status >= 400) throw new Error(`${method} ${path}: ${JSON.stringify(told.body).slice(0, 2000)}`);
    return told.body;
  };
  let tasks = largeTasks(random, size);
  const { job_id } = await ask('POST', '/orchestrate/submit', {
    title: 'A large job',
    description: 'w'.repeat(100_000),
    plan: { tasks },
    max_workers: 20,
    approval: 'required',
  });
  const at = `/orchestrate/${job_id}`;
  const edits = shuffled(random, [
    ...new Array<'replace'>(rounds.replaced).fill('replace'),
    ...new Array<'change'>(rounds.changed).fill('change'),
  ]);
  let version = 1;
  for (const edit of edits) {
    const headers = { 'if-match': `"${version}"` };
    if (edit === 'replace') {
      tasks = largeTasks(random, size);
      await ask('PUT', `${at}/plan`, { tasks }, headers);
    } else {
      const index = random.between(0, size.tasks - 1);
      const description = `${'z'.repeat(random.between(0, 1000))}${version}`;
      tasks = tasks.with(index, { ...tasks[index]!, description });
      await ask(
        'PATCH',
        `${at}/plan`,
        { change: [{ task_id: tasks[index]!.task_id, description }] },
        headers,
      );
    }
    version += 1;
  }
  const plan: Plan = await ask('GET', `${at}/plan`);
  expect(plan.version).toBe(version);
  expectTexts(plan, tasks);
  await ask('POST', `${at}/approve`, { plan_version: version });
  const view: JobView = await until(
    async () => {
      const seen = await ask('GET', `${at}/status`);
      expect(JSON.stringify(seen).length).toBeLessThan(STATUS_BYTES);
      return seen.finished_at !== null && seen;
    },
    { timeoutMs: wait_ms, what: `${job_id} to end` },
  );
  expect(view.tasks.filter(({ status }) => status !== 'completed')).toEqual([]);
  expect(view.status).toBe('completed');

  const { artifacts } = await ask('GET', `${at}/artifacts`);
  const left = artifacts.filter(({ name }: { name: string }) => name.startsWith('file-'));
  expect(left).toHaveLength(size.leaving * size.files);
  const results = await ask('GET', `${at}/task/t${size.tasks - 1}/context`);
  expect(results.dependencies).toHaveLength(size.tasks - 1);
  expectTexts({ tasks: [results.task] }, tasks.slice(-1));
  await until(() => api.store.readArchived(job_id), { what: 'the archive' });
  expectTexts(await ask('GET', `${at}/plan?version=${version}`), tasks);
  const events: JobEvent[] = await api.store.readEvents(job_id, 0, 1_000_000);
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  expect(events.length).toBeGreaterThan(3 * size.tasks + size.leaving * size.files);

  expect(await api.store.jobsWithPayloads('', 1000)).toContain(job_id);
  const runs = await collectRuns(api.worker.client, [`job-${job_id}`]);
  const sizes = sizesOf(runs);
  expect(sizes.value).toBeLessThanOrEqual(INLINE_PAYLOAD_BYTES);
  expect(sizes.batch).toBeLessThan(MESSAGE_BYTES);
  expect(await replay(runs, inject('workflowBundle')!, api.store.payloads)).toEqual([]);
}

/** Whether a plan says what was sent. */
function expectTexts(plan: Pick<Plan, 'tasks'>, sent: ReturnType<typeof largeTasks>): void {
  const textsOf = (tasks: readonly { task_id: string; description: string }[]) =>
    tasks.map(({ task_id, description }) => `${task_id} ${description}`);
  // compared as one: the difference of texts of megabytes says nothing
  expect(JSON.stringify(textsOf(plan.tasks)) === JSON.stringify(textsOf(sent))).toBe(true);
}

function shuffled<T>(random: Random, items: T[]): T[] {
  const left = [...items];
  return items.map(() => left.splice(random.between(0, left.length - 1), 1)[0]!);
}
