import { useSyncExternalStore } from 'react';

/** Who uses this tab. */
export interface Session {
  /** the API key that is sent, where there is one */
  api_key: string | null;
  /** set while the service asks for a key, with what it said of the last one */
  asks: { refused: string | null } | null;
}

const STORED_AS = 'orchestrator.api_key';

let session: Session = { api_key: sessionStorage.getItem(STORED_AS), asks: null };
const listeners = new Set<() => void>();

/** Keeps the key until the tab is closed, and shows the pages. */
export function signIn(api_key: string): void {
  sessionStorage.setItem(STORED_AS, api_key);
  change({ api_key, asks: null });
}

/** Forgets the key and asks for one. */
export function signOut(): void {
  sessionStorage.removeItem(STORED_AS);
  change({ api_key: null, asks: { refused: null } });
}

/** The service refused a request (401): asks for a key, and says why where one was shown. */
export function refused(message: string): void {
  if (session.asks !== null) return;
  const shown = session.api_key !== null;
  sessionStorage.removeItem(STORED_AS);
  change({ api_key: null, asks: { refused: shown ? message : null } });
}

/** The session as it is now, outside of components. */
export const currentSession = (): Session => session;

/** The session, for components. */
export const useSession = (): Session => useSyncExternalStore(subscribe, currentSession);

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function change(next: Session): void {
  session = next;
  for (const listener of listeners) listener();
}
