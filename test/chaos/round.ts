import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JobEvent } from '../../contracts/event.ts';
import { until } from '../setup/until.ts';
import { type PatientClient, patientClient } from './client.ts';
import { GATED, submission } from './job.ts';
import { type Listener, listenTo } from './listener.ts';
import type { Random } from './random.ts';
import { linesOf, type System, type Victim } from './system.ts';

/** What every addition to the budget adds. */
export const ADDED_USD = 5;

/** When to kill whom: after so many completed tasks and milliseconds. */
export interface Blow {
  victim: Victim;
  after_completed: number;
  delay_ms: number;
}

/** Everything seen of a job in whose middle something was killed. */
export interface Round {
  job_id: string;
  /** the answers to what was sent as the blows fell, repeated until answered */
  answers: { resubmitted: Awaited<ReturnType<PatientClient['post']>>; submitted_again: unknown };
  /** as the client of the event stream got them */
  heard: JobEvent[];
  breaks: number;
  /** as the journal has them at the end */
  journal: JobEvent[];
  // biome-ignore lint/suspicious/noExplicitAny: the status as JSON
  status: any;
  /** tasks that were known to be completed before the first blow */
  completed_before: string[];
  /** `task attempt` of every begin and end of a command, in order */
  begun: string[];
  begun_before: number;
}

/** Runs a job of 20 tasks, kills as told, and waits for its end. */
export async function playRound(system: System, random: Random, blows: readonly Blow[]): Promise<Round> {
  const client = patientClient(system.url);
  const key = randomUUID();
  const body = submission(random);
  const { body: submitted } = await client.post('/orchestrate/submit', body, key);
  const { job_id } = submitted;
  const listener = listenTo(system.url, job_id);
  try {
    return await finishRound(system, { client, listener, job_id, key, body }, blows);
  } finally {
    listener.stop();
  }
}

interface Open {
  client: PatientClient;
  listener: Listener;
  job_id: string;
  key: string;
  body: unknown;
}

async function finishRound(system: System, open: Open, blows: readonly Blow[]): Promise<Round> {
  const { client, listener, job_id, key, body } = open;
  const path = `/orchestrate/${job_id}`;
  const approveKey = randomUUID();
  must(await client.post(`${path}/approve`, { plan_version: 1 }, approveKey));
  const before = { completed: [] as string[], begun: 0 };
  const pending: Promise<void>[] = [];
  const send = (to: string, body: unknown) => {
    const sent = client.post(`${path}/${to}`, body).then(must);
    sent.catch(() => {}); // awaited below, unless something fails earlier
    pending.push(sent);
  };
  for (const [index, { victim, after_completed, delay_ms }] of blows.entries()) {
    await until(() => completed(listener).length >= after_completed, {
      timeoutMs: 120_000,
      what: `${after_completed} completed tasks`,
    });
    await sleep(delay_ms);
    if (index === 0) {
      // answered before the blow: it has to be there afterwards
      must(await client.post(`${path}/budget`, { add_usd: ADDED_USD }));
      before.completed = completed(listener);
      before.begun = linesOf(system, job_id, 'begun').length;
    }
    // under way as the blow falls: has to be followed exactly once
    send('budget', { add_usd: ADDED_USD });
    const isLast = index === blows.length - 1;
    if (isLast) send(`task/${GATED}/approve`, {});
    await system.kill(victim);
    await system.isBack();
  }
  await Promise.all(pending);
  const resubmitted = await client.post('/orchestrate/submit', body, key);
  const submitted_again = await client.post(`${path}/approve`, { plan_version: 1 }, approveKey);
  await until(listener.isOver, { timeoutMs: 150_000, what: `the end of ${job_id}` });
  const { body: status } = await client.get(`${path}/status`);
  const { body: page } = await client.get(`${path}/events?limit=500`);
  return {
    job_id,
    answers: { resubmitted, submitted_again },
    heard: listener.events,
    breaks: listener.breaks(),
    journal: page.events,
    status,
    completed_before: before.completed,
    begun: linesOf(system, job_id, 'begun'),
    begun_before: before.begun,
  };
}

const completed = (listener: Listener): string[] =>
  listener.events.filter(({ type }) => type === 'task.completed').map(({ task_id }) => task_id!);

function must(answer: Awaited<ReturnType<PatientClient['post']>>): void {
  if (answer.status !== 200) throw new Error(`${answer.status}: ${JSON.stringify(answer.body)}`);
}
