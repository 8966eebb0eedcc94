import { setTimeout as sleep } from 'node:timers/promises';
import type { JobEvent } from '../../contracts/event.ts';
import type { Api } from '../api.ts';
import { fanOut, mulberry32, type PlannedTask } from '../plans.ts';
import { NOOP, SLEEP } from '../product/instant-agent.ts';
import { AT_ONCE, type Scale } from '../scale.ts';

/** How fast events reach a client that follows a job, in milliseconds. */
export interface LiveEvents {
  /** from the time in the event (when the job's workflow began to handle what happened) until it was here */
  event_ms: number[];
  /** from sending a pause until its event was here: the way there and back */
  command_ms: number[];
  /** like `event_ms`, while a whole fan-out runs at full load */
  loaded_ms: number[];
}

const WORKERS = 8;
/** Between two commands, so that each finds the job at its ordinary work. */
const BETWEEN_COMMANDS_MS = 20;

/** Follows a job of short sleeping tasks, then sends it pauses, then follows a fan-out at full load. */
export async function measureLiveEvents(api: Api, scale: Scale): Promise<LiveEvents> {
  const random = mulberry32(1);
  const paced = fanOut(scale.followed_tasks, SLEEP).map((task) => ({
    ...task,
    estimated_seconds: Math.round((0.2 + random() * 0.8) * 100) / 100,
  }));
  return {
    event_ms: await followRun(api, paced, WORKERS),
    command_ms: await measureCommands(api, scale.pauses),
    loaded_ms: await followRun(api, fanOut(scale.fan_out, NOOP), AT_ONCE),
  };
}

/** Delays of the events from the approval to the end. */
async function followRun(api: Api, tasks: PlannedTask[], maxWorkers: number): Promise<number[]> {
  const job = await api.submit(tasks, maxWorkers);
  const told = (await api.events(job)).at(-1)!.seq;
  const delays: number[] = [];
  const stream = await api.follow(job, (event, receivedAt) => {
    // what was there before the client came is no news
    if (event.seq > told) delays.push(receivedAt - Date.parse(event.at));
  });
  await api.command(job, 'approve');
  await stream.ended;
  return delays;
}

async function measureCommands(api: Api, pauses: number): Promise<number[]> {
  const [task] = fanOut(1, SLEEP);
  const job = await api.submit([{ ...task!, estimated_seconds: 600 }], 1);
  const heard = new Map<JobEvent['type'], (receivedAt: number) => void>();
  const stream = await api.follow(job, (event, receivedAt) => heard.get(event.type)?.(receivedAt));
  const hear = (type: JobEvent['type']) => new Promise<number>((resolve) => heard.set(type, resolve));
  const running = hear('task.started');
  await api.command(job, 'approve');
  await running;
  const delays: number[] = [];
  for (let n = 0; n < pauses; n += 1) {
    for (const [name, type] of [
      ['pause', 'job.paused'],
      ['resume', 'job.resumed'],
    ] as const) {
      const received = hear(type);
      const sentAt = Date.now();
      await api.command(job, name);
      const receivedAt = await received;
      if (name === 'pause') delays.push(receivedAt - sentAt);
      await sleep(BETWEEN_COMMANDS_MS);
    }
  }
  await api.command(job, 'cancel');
  await stream.ended;
  return delays;
}
