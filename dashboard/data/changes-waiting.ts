import type { JobEvent } from '../../contracts/event.ts';

const ABOUT_WAITING = /^(approval|plan|job|budget)\.|^task\.(blocked|failed|retrying|skipped)$/;

/** Whether something may wait for a person, or no longer does, since this event: it says so, or a person acted. */
export const changesWaiting = ({ type, actor, data }: JobEvent): boolean =>
  ABOUT_WAITING.test(type) || actor !== undefined || data.by === 'person';
