import { api, dataOf } from '../../data/api.ts';
import { useCommand } from '../../data/command.ts';
import { TextDialog } from '../text-dialog.tsx';

interface Props {
  job_id: string;
  /** what it is shown as */
  what: 'job' | 'project';
  opened: boolean;
  onClose(): void;
}

/** What the end of it is called. */
export const END = { job: 'Cancel the job', project: 'Stop the project' } as const;
const ENDED = { job: 'Cancelled', project: 'Stopped' } as const;

/** Asks before everything stops. */
export function CancelDialog({ job_id, what, opened, onClose }: Props) {
  const cancel = useCommand<string>({
    job_id,
    done: ENDED[what],
    onDone: onClose,
    send: (reason) =>
      dataOf(
        api.POST('/orchestrate/{job_id}/cancel', {
          params: { path: { job_id } },
          body: reason === '' ? {} : { reason },
        }),
      ),
  });
  return (
    <TextDialog
      opened={opened}
      title={`${END[what]}: everything in it stops`}
      label="Reason (optional)"
      action={END[what]}
      optional
      danger
      busy={cancel.busy}
      onClose={onClose}
      onSubmit={cancel.run}
    />
  );
}
