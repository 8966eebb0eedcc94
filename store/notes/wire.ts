import { createHmac, timingSafeEqual } from 'node:crypto';
import type { CommittedNote, LiveNote, Note } from '../../contracts/event.ts';

/** Characters of a note at most; committed events that are more are asked for. */
const MAX_CHARS = 100_000;

const LIVE_KINDS: unknown[] = ['doorbell', 'line', 'delta'] satisfies LiveNote['kind'][];

/**
 * Notes as texts of one line. Clients are shown committed events as the truth, so such a note carries a signature, and is
 * nothing without it: whoever reaches the socket or Redis, and not the database where the key is, can't make one.
 * @param key what all processes of an installation know
 */
export function noteWire(key: string | undefined) {
  const sign = (json: string) => createHmac('sha256', key!).update(json).digest('base64');
  const isSigned = (json: string, signature: string) => {
    const [given, right] = [Buffer.from(signature), Buffer.from(sign(json))];
    return given.length === right.length && timingSafeEqual(given, right);
  };
  return {
    /** Null for a note that is too long to travel. */
    write(note: Note): string | null {
      const json = JSON.stringify(note);
      if (note.kind !== 'committed') return json;
      return key === undefined || json.length > MAX_CHARS ? null : `${sign(json)} ${json}`;
    },
    /** A note that came from another process, or null when it is none. */
    read(text: string): Note | null {
      try {
        if (text.startsWith('{')) {
          const note: unknown = JSON.parse(text);
          return isLive(note) ? note : null;
        }
        if (key === undefined) return null;
        const separator = text.indexOf(' ');
        const json = text.slice(separator + 1);
        if (!isSigned(json, text.slice(0, separator))) return null;
        const note: unknown = JSON.parse(json);
        return isCommitted(note) ? note : null;
      } catch {
        return null;
      }
    },
  };
}

const hasJob = (value: unknown): value is { kind: unknown; job_id: string } =>
  typeof value === 'object' &&
  value !== null &&
  'kind' in value &&
  'job_id' in value &&
  typeof value.job_id === 'string';

const isLive = (value: unknown): value is LiveNote => hasJob(value) && LIVE_KINDS.includes(value.kind);

/** Signed by a worker, which may be of another version than this process. */
const isCommitted = (value: unknown): value is CommittedNote =>
  hasJob(value) &&
  value.kind === 'committed' &&
  'closed' in value &&
  typeof value.closed === 'boolean' &&
  'events' in value &&
  Array.isArray(value.events) &&
  value.events.length > 0 &&
  value.events.every(
    (event, index, all) =>
      event?.job_id === value.job_id && Number.isInteger(event.seq) && event.seq === all[0].seq + index,
  );
