import { randomBytes } from 'node:crypto';
import type { KeyStore } from '../access/auth.ts';

/** How long somebody stays signed in, in seconds. */
export const SESSION_SECONDS = 8 * 3600;
/** Whoever signs in more often ends the oldest session. */
const MAX_SESSIONS = 1000;

/** Who is signed in to the Temporal Web UI: kept in this process only, so that its end is theirs. */
export interface Sessions {
  /** Begins a session for an admin's key; null for any other. */
  begin(key: string): Promise<string | null>;
  /** Whether the session goes on. It ends after {@link SESSION_SECONDS}, and with its key. */
  isAlive(id: string | undefined): Promise<boolean>;
  end(id: string | undefined): void;
}

/** @param now milliseconds, as of Date.now() */
export function createSessions(keys: Pick<KeyStore, 'findKey'>, now: () => number = Date.now): Sessions {
  const sessions = new Map<string, { key: string; ends_at: number }>();
  const isAdmins = async (key: string) => (await keys.findKey(key))?.role === 'admin';
  return {
    async begin(key) {
      if (!(await isAdmins(key))) return null;
      const id = randomBytes(32).toString('base64url');
      sessions.set(id, { key, ends_at: now() + SESSION_SECONDS * 1000 });
      for (const oldest of sessions.keys()) {
        if (sessions.size <= MAX_SESSIONS) break;
        sessions.delete(oldest);
      }
      return id;
    },
    async isAlive(id = '') {
      const session = sessions.get(id);
      if (!session) return false;
      if (session.ends_at > now() && (await isAdmins(session.key))) return true;
      sessions.delete(id);
      return false;
    },
    end: (id = '') => void sessions.delete(id),
  };
}
