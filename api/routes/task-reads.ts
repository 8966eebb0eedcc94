import { z } from 'zod';
import type { Api } from '../access/caller.ts';
import type { ApiDeps } from '../deps.ts';
import { endpoint } from '../endpoint.ts';
import { readContext, TaskContext } from '../jobs/context.ts';
import { readLogs } from '../jobs/logs.ts';
import { readTaskTranscript, Transcript } from '../jobs/transcript.ts';
import { count } from '../request/query.ts';
import { taskParams } from './params.ts';

const Logs = z
  .object({
    attempt: z.int(),
    lines: z.array(z.object({ stream: z.enum(['stdout', 'stderr']), text: z.string() })),
    truncated: z.boolean().describe('there are earlier lines'),
  })
  .meta({ id: 'Logs' });

/** What a command printed, what an agent said, and what a task was given */
export function taskReadRoutes(api: Api, deps: ApiDeps): void {
  const common = {
    method: 'get',
    tag: 'Tasks',
    params: taskParams,
    errors: ['no_worker', 'temporal_unreachable'],
  } as const;
  endpoint(
    api,
    {
      ...common,
      path: '/orchestrate/{job_id}/task/{task_id}/logs',
      operation_id: 'readLogs',
      summary: "A command's output lines, stdout before stderr; live ones come with the events",
      query: {
        attempt: count(1, 1_000_000).optional().describe('the latest without'),
        tail: count(1, 100_000).default(1000).describe('how many at most this many lines per stream'),
      },
      headers: { Accept: '`text/plain` for the bare lines' },
      answers: { 200: { description: 'the lines', schema: Logs, media: { 'text/plain': z.string() } } },
    },
    async (c, { params, query }) => {
      const logs = await readLogs(deps, c.get('sees'), { ...params, ...query });
      if (!/\btext\/plain\b/.test(c.req.header('accept') ?? '')) return c.json(logs);
      c.header('X-Content-Type-Options', 'nosniff');
      return c.text(logs.lines.map((line) => `${line.text}\n`).join(''));
    },
  );
  endpoint(
    api,
    {
      ...common,
      path: '/orchestrate/{job_id}/task/{task_id}/transcript',
      operation_id: 'readTranscript',
      summary: "An agent's conversation, message by message: what it said, its tool calls and their results",
      query: {
        after: count(0, 1_000_000).default(0).describe('messages to leave out'),
        limit: count(1, 1000).default(200),
      },
      answers: { 200: { description: 'the messages', schema: Transcript } },
    },
    async (c, { params, query }) =>
      c.json(await readTaskTranscript(deps, c.get('sees'), { ...params, ...query })),
  );
  endpoint(
    api,
    {
      ...common,
      path: '/orchestrate/{job_id}/task/{task_id}/context',
      operation_id: 'readContext',
      summary: 'What the task was given: itself and the results of its dependencies',
      answers: { 200: { description: 'the context', schema: TaskContext } },
    },
    async (c, { params: { job_id, task_id } }) =>
      c.json(await readContext(deps, c.get('sees'), job_id, task_id)),
  );
}
