import { z } from 'zod';
import { MessageBody } from '../../../contracts/command.ts';
import { Id } from '../../../contracts/plan.ts';
import type { Ctx } from '../../access/caller.ts';
import type { ApiDeps } from '../../deps.ts';
import { sendMessage } from '../../jobs/messages.ts';

const { to, content } = MessageBody.shape;

/** Body of `POST /projects/{id}/messages`; other fields are ignored. */
export const SayRequest = z
  .object({
    to_agent: to.describe('an agent of the project, one of its tasks, or `all`'),
    content,
  })
  .meta({ id: 'ProjectSayRequest' });

/** What was sent. */
export const Said = z.object({ id: z.string(), project_id: Id }).meta({ id: 'ProjectSaid' });

/** Says something on the bus of a project, as an operator. */
export async function say(
  deps: ApiDeps,
  c: Ctx,
  project_id: string,
  { to_agent, content }: z.output<typeof SayRequest>,
): Promise<z.output<typeof Said>> {
  const { message_id } = await sendMessage(deps, c, project_id, { to: to_agent, content });
  return { id: message_id!, project_id };
}
