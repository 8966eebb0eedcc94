import type { Said } from '../../../client/follow.ts';
import type { JobEvent } from '../../../contracts/event.ts';

/** What a page wants to hear. Each wish stands for all that it wanted before; null: nothing any more. */
export type Wish = {
  url: string;
  api_key: string | null;
  /** jobs to follow, with the last `seq` that the page has of each */
  jobs: Readonly<Record<string, number>>;
} | null;

/** What a page is told. */
export type Told =
  /** it is connected: at first, and each time when something may have been missed */
  | { kind: 'open' }
  | { kind: 'lost' }
  /** an entry of the feed of all jobs */
  | { kind: 'feed'; event: JobEvent }
  /** of a followed job */
  | { kind: 'said'; job_id: string; said: Said }
  /** the service does not know the key */
  | { kind: 'refused'; message: string };

/** One end of a line between a page and the hub. */
export interface Line {
  tell(told: Told): void;
}
