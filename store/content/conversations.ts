import { type Message, Segment } from '../../contracts/conversation.ts';
import type { Contents } from './contents.ts';

/** A stored stretch of a conversation. Throws a `not_found` problem when it is gone. */
export async function readSegment(store: Pick<Contents, 'getContent'>, ref: string): Promise<Segment> {
  return Segment.parse(JSON.parse((await store.getContent(ref)).toString('utf8')));
}

/** What was said so far, oldest first: back to the beginning, or to where it was compacted. */
export async function readConversation(
  store: Pick<Contents, 'getContent'>,
  ref: string | null,
): Promise<Message[]> {
  const segments: Message[][] = [];
  for (let next = ref; next !== null; ) {
    const { previous, messages } = await readSegment(store, next);
    segments.unshift(messages);
    next = previous;
  }
  return segments.flat();
}

/** Everything that was ever said, what was compacted included, oldest first; the summaries stand between. */
export async function readTranscript(
  store: Pick<Contents, 'getContent'>,
  ref: string | null,
): Promise<Message[]> {
  const segments: Message[][] = [];
  for (let next = ref; next !== null; ) {
    const { previous, summary_of, messages } = await readSegment(store, next);
    // the summary is new, what it keeps of the turns before it stands in those
    segments.unshift(summary_of === null ? messages : messages.slice(0, 1));
    next = previous ?? summary_of;
  }
  return segments.flat();
}

/** Stores what was said in a turn; gives the conversation that ends with it. */
export async function extendConversation(
  store: Pick<Contents, 'putContent'>,
  job_id: string,
  segment: Segment,
): Promise<string> {
  return (await store.putContent({ job_id, source: JSON.stringify(segment) })).sha256;
}
