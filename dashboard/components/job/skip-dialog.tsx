import { api, dataOf } from '../../data/api.ts';
import { useCommand } from '../../data/command.ts';
import { TextDialog } from '../text-dialog.tsx';

interface Props {
  job_id: string;
  task_id: string;
  opened: boolean;
  onClose(): void;
}

/** Skips a task, for a reason that may be given. */
export function SkipDialog({ job_id, task_id, opened, onClose }: Props) {
  const skip = useCommand<string>({
    job_id,
    done: `Skipped ${task_id}`,
    onDone: onClose,
    send: (reason) =>
      dataOf(
        api.POST('/orchestrate/{job_id}/task/{task_id}/skip', {
          params: { path: { job_id, task_id } },
          body: reason === '' ? {} : { reason },
        }),
      ),
  });
  return (
    <TextDialog
      opened={opened}
      title={`Skip ${task_id}: tasks that depend on it run without it`}
      label="Reason (optional)"
      action="Skip"
      optional
      busy={skip.busy}
      onClose={onClose}
      onSubmit={skip.run}
    />
  );
}
