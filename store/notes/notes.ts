import type { Note } from '../../contracts/event.ts';
import { redisNotes } from './redis.ts';
import { notesListener, notesSender } from './socket.ts';
import type { NotesTransport } from './transport.ts';
import { noteWire } from './wire.ts';

/** What a subscriber does with a note. */
export type NoteHandler = (note: Note) => void;

/** Live notes. They are never truth: losing them costs latency, not data. */
export interface Notes {
  /** Sends a note to whoever listens now. Never waits, never throws. */
  publish(note: Note): void;
  /** Hears the notes of one job, or of all (`*`). Gives the function that ends it. */
  subscribe(job_id: string, handler: NoteHandler): () => void;
  close(): Promise<void>;
}

/**
 * Notes over Redis where `redis_url` is given, else over a Unix socket on this machine: the listener (the API)
 * hears what senders (workers) publish; of two listeners the later one wins. Subscribers hear what their own
 * process publishes, too. Rejects when the listener can't make its socket.
 */
export async function openNotes(options: {
  socket_path: string;
  redis_url?: string;
  role: 'listener' | 'sender';
  key?: string;
}): Promise<Notes> {
  const { socket_path, redis_url, role, key } = options;
  const wire = noteWire(key);
  const handlers = new Map<string, Set<NoteHandler>>();
  const deliver = (note: Note) => {
    for (const key of [note.job_id, '*']) {
      for (const handler of [...(handlers.get(key) ?? [])]) callQuietly(handler, note);
    }
  };
  const receive = (text: string) => {
    const note = wire.read(text);
    if (note) deliver(note);
  };
  const send = (note: Note) => {
    const text = wire.write(note);
    if (text !== null) transport.send(note.job_id, text);
  };
  const transport = await openTransport();
  return {
    publish(note) {
      deliver(note);
      callQuietly(send, note);
    },
    subscribe(job_id, handler) {
      const set = handlers.get(job_id) ?? new Set();
      handlers.set(job_id, set);
      // A function of its own, so that one handler may subscribe twice.
      const own: NoteHandler = (note) => handler(note);
      set.add(own);
      if (set.size === 1) transport.wanted?.(job_id, true);
      return () => {
        if (!set.delete(own) || set.size > 0) return;
        handlers.delete(job_id);
        transport.wanted?.(job_id, false);
      };
    },
    async close() {
      handlers.clear();
      await transport.close();
    },
  };

  async function openTransport(): Promise<NotesTransport> {
    if (redis_url) return redisNotes(redis_url, receive);
    return role === 'listener' ? await notesListener(socket_path, receive) : notesSender(socket_path);
  }
}

/** What goes wrong with a note must not reach the publisher, nor other subscribers. */
function callQuietly(handler: NoteHandler, note: Note): void {
  try {
    handler(note);
  } catch {}
}
