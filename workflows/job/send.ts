import { condition, patched } from '@temporalio/workflow';
import type { Job } from './context.ts';

/** All that a workflow task asks for travels in one message, of which Temporal takes 4 MB: three bytes a character. */
const AT_ONCE_CHARS = 1_000_000;

/** What is longer travels by reference, see store/content/payload-storage.ts. */
const INLINE_CHARS = 200_000;

/**
 * Sends something to a task as soon as there is room for it beside what is on its way already.
 * @param argument that is sent: plain JSON
 */
export async function sendInTurn<R>(job: Job, argument: unknown, send: () => Promise<R>): Promise<R> {
  const chars = Math.min(JSON.stringify(argument).length, INLINE_CHARS);
  const hasRoom = () => job.sent_chars === 0 || job.sent_chars + chars <= AT_ONCE_CHARS;
  const takeRoom = () => {
    if (!hasRoom()) return false;
    job.sent_chars += chars;
    return true;
  };
  // whoever waits takes the room in the moment in which it is there: several are looked at in a row
  if (hasRoom() || !patched('sent-in-turn')) job.sent_chars += chars;
  else await condition(takeRoom);
  try {
    return await send();
  } finally {
    job.sent_chars -= chars;
  }
}
