import type { Store } from '../store/index.ts';

/** Whether the database answers. Never throws. */
export const databaseAnswers = (store: Pick<Store, 'ping'>): Promise<boolean> =>
  store.ping().then(
    () => true,
    () => false,
  );
