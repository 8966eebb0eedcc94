import type { StreamItem } from '../../../client/follow.ts';
import type { JobEvent } from '../../../contracts/event.ts';

/** What a page wants to be sent. Each subscription replaces the one before; null: nothing any more. */
export type Subscription = {
  url: string;
  api_key: string | null;
  /** jobs to follow, with the last `seq` that the page has of each */
  jobs: Readonly<Record<string, number>>;
} | null;

/** What the hub sends to a page. */
export type HubMessage =
  /** it is connected: at first, and each time when something may have been missed */
  | { kind: 'open' }
  | { kind: 'lost' }
  /** an entry of the feed of all jobs */
  | { kind: 'feed'; event: JobEvent }
  /** of a followed job */
  | { kind: 'said'; job_id: string; said: StreamItem }
  /** the service does not know the key */
  | { kind: 'refused'; message: string };

/** A page, as the hub sees it. */
export interface Page {
  send(message: HubMessage): void;
}
