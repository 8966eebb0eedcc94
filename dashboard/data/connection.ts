import { useSyncExternalStore } from 'react';

/** Whether the service answers, by what the stream of events sees. */
export interface Connection {
  lost: boolean;
}

let connection: Connection = { lost: false };
const listeners = new Set<() => void>();

/** Says whether the stream of events is broken. */
export function reportLost(lost: boolean): void {
  if (connection.lost === lost) return;
  connection = { lost };
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
