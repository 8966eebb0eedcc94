import { notifications } from '@mantine/notifications';
import { useMutation } from '@tanstack/react-query';
import { ApiError } from '../../client/errors.ts';
import { keys } from './keys.ts';
import { queryClient } from './query-client.ts';

/** A command to the service, sent once. */
export interface Command<A> {
  /** sends it; the arguments are of the caller's choosing */
  send(args: A): Promise<unknown>;
  /** what is said when it was done; nothing when left out */
  done?: string;
  /** the job that it is for: what was read of it is read again */
  job_id?: string;
  onDone?(): void;
  /** takes a failure itself instead of having it shown in a corner, by giving true */
  onFailure?(error: Error): boolean;
}

/**
 * Sends commands. Gives `run`, and whether one is under way. What the service refuses is shown with its reason; the
 * fields that are wrong are named.
 */
export function useCommand<A = void>(command: Command<A>): { run(args: A): void; busy: boolean } {
  const { send, done, job_id, onDone, onFailure } = command;
  const { mutate, isPending } = useMutation({
    mutationFn: send,
    onSuccess() {
      if (done !== undefined) notifications.show({ message: done, color: 'teal', autoClose: 3000 });
      onDone?.();
    },
    onError(error) {
      if (onFailure?.(error)) return;
      notifications.show({ title: 'Not done', message: reasonOf(error), color: 'red', autoClose: 12_000 });
    },
    onSettled() {
      const read = [keys.approvals, keys.jobs, keys.projects];
      const ofJob = job_id === undefined ? [] : [keys.job(job_id), keys.project(job_id)];
      for (const queryKey of [...read, ...ofJob]) void queryClient.invalidateQueries({ queryKey });
    },
  });
  return { run: mutate, busy: isPending };
}

/** Why something was not done, in one text. */
export function reasonOf(error: Error): string {
  if (!(error instanceof ApiError)) return `The service does not answer (${error.message}).`;
  const fields = error.fields.map(({ path, issue }) => (path === '' ? issue : `${path}: ${issue}`));
  return [error.message, ...fields].join(' · ');
}
