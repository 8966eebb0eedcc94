import { z } from 'zod';
import { CommandAnswer, MessageBody } from '../../contracts/command.ts';
import { JobMessage } from '../../contracts/message.ts';
import type { Api } from '../access/caller.ts';
import type { ApiDeps } from '../deps.ts';
import { endpoint } from '../endpoint.ts';
import { readMessages, sendMessage } from '../jobs/messages.ts';
import { count } from '../request/query.ts';
import { COMMAND_ERRORS } from './commands.ts';
import { IDEMPOTENCY_HEADER, jobParams } from './params.ts';

const MessageList = z
  .object({ messages: z.array(JobMessage), next_after: z.int().describe('`after` of the next page') })
  .meta({ id: 'MessageList' });

/** `POST` and `GET /orchestrate/{job_id}/messages` */
export function messageRoutes(api: Api, deps: ApiDeps): void {
  const common = { path: '/orchestrate/{job_id}/messages', tag: 'Messages', params: jobParams } as const;
  endpoint(
    api,
    {
      ...common,
      method: 'post',
      operation_id: 'sendMessage',
      summary: 'Write to an agent of the job, or to all; read on the next turn',
      description:
        'A waiting agent reads it when it continues, one that has not begun on its first turn. An unknown task or agent is a 404; one that has ended, does not read messages, or works on several tasks a 409.',
      body: MessageBody,
      body_limit: deps.config.config.limits.body_bytes,
      headers: IDEMPOTENCY_HEADER,
      answers: { 200: { description: 'sent', schema: CommandAnswer } },
      errors: COMMAND_ERRORS,
    },
    async (c, { params: { job_id }, body }) => c.json(await sendMessage(deps, c, job_id, body)),
  );
  endpoint(
    api,
    {
      ...common,
      method: 'get',
      operation_id: 'listMessages',
      summary: 'What agents and operators wrote to each other, oldest first',
      description: 'They are the events `message` of the journal; live ones come with the events.',
      query: {
        after: count(0, Number.MAX_SAFE_INTEGER).default(0).describe('`next_after` of the page before'),
        limit: count(1, 500).default(100),
      },
      answers: { 200: { description: 'the messages', schema: MessageList } },
      errors: ['no_worker', 'temporal_unreachable'],
    },
    async (c, { params: { job_id }, query }) =>
      c.json(await readMessages(deps, c.get('sees'), { job_id, ...query })),
  );
}
