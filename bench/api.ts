import type { Client } from '@temporalio/client';
import type { z } from 'zod';
import type { JobEvent } from '../contracts/event.ts';
import { jobWorkflowId } from '../contracts/names.ts';
import type { AgentRegistration } from '../contracts/registry.ts';
import type { JobView, SubmitAnswer } from '../contracts/view.ts';
import type { PlannedTask } from './plans.ts';
import { type EventStream, followEvents } from './stream.ts';

/** Waits for the end of a job as the floor does, at no cost to it: by Temporal's long poll. */
export const byLongPoll = (client: Client) => (jobId: string) =>
  client.workflow.getHandle(jobWorkflowId(jobId)).result();

/** The product over HTTP, as any client has it. Every call throws for an answer that is not a success. */
export interface Api {
  /** Submits a job with this plan and waits until it awaits approval. */
  submit(tasks: PlannedTask[], maxWorkers: number, model?: string): Promise<string>;
  /** Submits a job with this plan that approves itself. */
  begin(tasks: PlannedTask[], maxWorkers: number): Promise<string>;
  command(jobId: string, name: 'approve' | 'reject' | 'pause' | 'resume' | 'cancel'): Promise<void>;
  status(jobId: string): Promise<JobView>;
  register(agent: z.input<typeof AgentRegistration>): Promise<void>;
  /** The whole journal. */
  events(jobId: string): Promise<JobEvent[]>;
  /** Waits until the job has completed; throws when it ended in another way. */
  completed(jobId: string): Promise<JobView>;
  follow(jobId: string, onEvent: (event: JobEvent, receivedAt: number) => void): Promise<EventStream>;
}

/** A client of the API at this base URL, which waits for the end of a job as it is told to. */
export function apiAt(url: string, untilEnded: (jobId: string) => Promise<unknown>): Api {
  const call = async <R>(method: string, path: string, body?: unknown): Promise<R> => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 500)}`);
    return JSON.parse(text) as R;
  };
  const status = (jobId: string) => call<JobView>('GET', `/orchestrate/${jobId}/status`);
  const submit = (tasks: PlannedTask[], max_workers: number, more: { model?: string; approval?: 'auto' }) =>
    call<SubmitAnswer>('POST', '/orchestrate/submit', {
      title: 'A measured job',
      description: 'Made by the benchmark',
      max_workers,
      plan: { tasks },
      ...more,
      // a job in review would never end by itself
      on_task_failure: 'fail',
    });

  return {
    status,
    async submit(tasks, maxWorkers, model) {
      const answer = await submit(tasks, maxWorkers, model ? { model } : {});
      if (answer.status !== 'awaiting_approval') throw new Error(`a submitted job is ${answer.status}`);
      return answer.job_id;
    },
    begin: async (tasks, maxWorkers) => (await submit(tasks, maxWorkers, { approval: 'auto' })).job_id,
    async command(jobId, name) {
      await call('POST', `/orchestrate/${jobId}/${name}`, {});
    },
    async register(agent) {
      await call('POST', '/agents', agent);
    },
    async events(jobId) {
      const all: JobEvent[] = [];
      for (;;) {
        const path = `/orchestrate/${jobId}/events?limit=500&after=${all.at(-1)?.seq ?? 0}`;
        const { events } = await call<{ events: JobEvent[] }>('GET', path);
        if (events.length === 0) return all;
        all.push(...events);
      }
    },
    async completed(jobId) {
      await untilEnded(jobId);
      const view = await status(jobId);
      if (view.status === 'completed') return view;
      const failed = view.tasks.find(({ error }) => error !== null)?.error?.message;
      throw new Error(`a measured job is ${view.status}: ${view.error?.message ?? failed}`);
    },
    follow: (jobId, onEvent) => followEvents(`${url}/orchestrate/${jobId}/events`, onEvent),
  };
}
