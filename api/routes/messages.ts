import { z } from 'zod';
import { CommandAnswer, MessageBody } from '../../contracts/command.ts';
import { JobMessage } from '../../contracts/message.ts';
import type { Api } from '../access/caller.ts';
import type { ApiDeps } from '../deps.ts';
import { endpoint } from '../endpoint.ts';
import { readMessages, sendMessage } from '../jobs/messages.ts';
import { count } from '../request/query.ts';
import { commandRoute } from './commands.ts';
import { jobParams } from './params.ts';

const MessageList = z
  .object({ messages: z.array(JobMessage), next_after: z.int().describe('`after` of the next page') })
  .meta({ id: 'MessageList' });

/** `POST` and `GET /orchestrate/{job_id}/messages` */
export function messageRoutes(api: Api, deps: ApiDeps): void {
  endpoint(
    api,
    {
      ...commandRoute(deps, 'send_message'),
      params: jobParams,
      description:
        'A waiting agent reads it when it continues, one that has not begun on its first turn. An unknown task or agent is a 404; one that has ended, does not read messages, or works on several tasks a 409.',
      body: MessageBody,
      answers: { 200: { description: 'sent', schema: CommandAnswer } },
    },
    async (c, { params: { job_id }, body }) => c.json(await sendMessage(deps, c, job_id, body)),
  );
  endpoint(
    api,
    {
      method: 'get',
      path: '/orchestrate/{job_id}/messages',
      tag: 'Messages',
      params: jobParams,
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
