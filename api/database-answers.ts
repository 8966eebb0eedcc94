import type { Store } from '../store/index.ts';
import { within } from './within.ts';

type Pinged = Pick<Store, 'ping'>;

/** A database that takes longer is of no use to whoever waits. */
const ANSWER_MS = 2000;
/** All who ask within this time share one answer, so that nobody makes the database write by asking. */
const FRESH_MS = 1000;

const latest = new WeakMap<Pinged, { at: number; answer: Promise<boolean> }>();

/** Whether the database answers and takes writes. Never throws. */
export function databaseAnswers(store: Pinged): Promise<boolean> {
  const known = latest.get(store);
  if (known && Math.abs(Date.now() - known.at) < FRESH_MS) return known.answer;
  const answers = store.ping().then(
    () => true,
    () => false,
  );
  const answer = within(ANSWER_MS, answers).then((given) => given ?? false);
  latest.set(store, { at: Date.now(), answer });
  return answer;
}
