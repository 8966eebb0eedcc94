import type { Delivery } from '../../contracts/message.ts';

/** Whether an agent goes on for a message; what a worker says in passing waits until its boss does anyway. */
export const isNews = ({ kind, status }: Delivery): boolean =>
  kind !== 'progress' || status === 'blocked' || status === 'error';
