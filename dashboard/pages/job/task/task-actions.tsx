import { Button, Group } from '@mantine/core';
import { useState } from 'react';
import { SkipDialog } from '../../../components/job/skip-dialog.tsx';
import { TextDialog } from '../../../components/text-dialog.tsx';
import { api, dataOf, type Schemas } from '../../../data/api.ts';
import { useCommand } from '../../../data/command.ts';
import { RetryDialog } from './retry-dialog.tsx';

interface Props {
  job: Schemas['Job'];
  task: Schemas['TaskView'];
}

type Asks = 'retry' | 'skip' | 'complete' | 'reject';

/** What an operator can do with a task as it stands. */
export function TaskActions({ job, task }: Props) {
  const { job_id } = job;
  const { task_id, status, reason } = task;
  const [asks, setAsks] = useState<Asks | null>(null);
  const close = () => setAsks(null);
  const params = { path: { job_id, task_id } };
  const command = { job_id, onDone: close };
  const complete = useCommand<string>({
    ...command,
    done: `Completed ${task_id}`,
    send: (output) =>
      dataOf(api.POST('/orchestrate/{job_id}/task/{task_id}/complete', { params, body: { output } })),
  });
  const approve = useCommand({
    ...command,
    send: () => dataOf(api.POST('/orchestrate/{job_id}/task/{task_id}/approve', { params, body: {} })),
  });
  const reject = useCommand<string>({
    ...command,
    send: (text) =>
      dataOf(
        api.POST('/orchestrate/{job_id}/task/{task_id}/reject', {
          params,
          body: text === '' ? {} : { reason: text },
        }),
      ),
  });
  if (job.finished_at !== null) return null;
  const gate = status === 'awaiting_approval';
  const person = reason === 'waiting_for_person' && status === 'blocked';
  const lost = status === 'failed' || (status === 'blocked' && !person) || reason === 'dependency_failed';
  const mayComplete = person || status === 'failed' || status === 'blocked';
  const maySkip = status !== 'completed' && status !== 'skipped' && status !== 'cancelled';
  if (!gate && !lost && !mayComplete && !maySkip) return null;
  return (
    <Group gap={6} mt="sm">
      {gate && (
        <Button loading={approve.busy} onClick={() => approve.run()}>
          Approve
        </Button>
      )}
      {gate && (
        <Button variant="default" onClick={() => setAsks('reject')}>
          Reject
        </Button>
      )}
      {lost && <Button onClick={() => setAsks('retry')}>Retry</Button>}
      {mayComplete && (
        <Button variant={person ? 'filled' : 'default'} onClick={() => setAsks('complete')}>
          Complete manually
        </Button>
      )}
      {maySkip && (
        <Button variant="default" onClick={() => setAsks('skip')}>
          Skip
        </Button>
      )}
      <RetryDialog job={job} task={task} opened={asks === 'retry'} onClose={close} />
      <SkipDialog job_id={job_id} task_id={task_id} opened={asks === 'skip'} onClose={close} />
      <TextDialog
        opened={asks === 'complete'}
        title={`Complete ${task_id} manually`}
        label="Output"
        action="Complete"
        optional
        busy={complete.busy}
        onClose={close}
        onSubmit={complete.run}
      />
      <TextDialog
        opened={asks === 'reject'}
        title={`Reject ${task_id}: it and the tasks that depend on it are skipped`}
        label="Reason (optional)"
        action="Reject"
        optional
        danger
        busy={reject.busy}
        onClose={close}
        onSubmit={reject.run}
      />
    </Group>
  );
}
