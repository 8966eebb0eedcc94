import type { CommandArgs } from '../../contracts/command.ts';
import { checkMessage, postMessage } from '../messages/messages.ts';
import type { CommandRule } from './types.ts';

/** A person writes to the agents of the job. */
export const messageCommands: { send_message: CommandRule<'send_message'> } = {
  send_message: {
    check: (state, args) => checkMessage(state, draftOf(args)),
    apply: (state, args, now) => postMessage(state, draftOf(args), now, args.actor),
  },
};

function draftOf({ to, content, content_ref }: CommandArgs<'send_message'>) {
  return { from_task_id: null, to, content, ...(content_ref === undefined ? {} : { content_ref }) };
}
