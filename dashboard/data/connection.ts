import { useSyncExternalStore } from 'react';

/** Whether the service answers, by what the streams of events see. */
export interface Connection {
  lost: boolean;
}

let connection: Connection = { lost: false };
const lostStreams = new Set<string>();
const listeners = new Set<() => void>();

/** A stream says whether it is connected; the whole is lost while one of them is. */
export function reportStream(name: string, lost: boolean): void {
  if (lost) lostStreams.add(name);
  else lostStreams.delete(name);
  if (connection.lost === lostStreams.size > 0) return;
  connection = { lost: lostStreams.size > 0 };
  for (const listener of listeners) listener();
}

/** Whether the service answers, for components. */
export const useConnection = (): Connection =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => connection,
  );
