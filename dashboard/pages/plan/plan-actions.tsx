import { Button, Group } from '@mantine/core';
import { useState } from 'react';
import { TextDialog } from '../../components/text-dialog.tsx';
import { api, dataOf, type Schemas } from '../../data/api.ts';
import { useCommand } from '../../data/command.ts';

interface Props {
  job: Schemas['Job'];
  /** the version that is shown, and the only one that is approved by it */
  version: number;
  onApproved(): void;
  onFailure(error: Error): boolean;
}

/** Approve, reject, or have it planned again: while the plan waits for that. */
export function PlanActions({ job, version, onApproved, onFailure }: Props) {
  const { job_id, status } = job;
  const [asks, setAsks] = useState<'reject' | 'revise' | null>(null);
  const params = { path: { job_id } };
  const close = () => setAsks(null);
  const approve = useCommand({
    job_id,
    done: 'Approved: tasks are starting',
    onDone: onApproved,
    onFailure,
    send: () =>
      dataOf(api.POST('/orchestrate/{job_id}/approve', { params, body: { plan_version: version } })),
  });
  const reject = useCommand<string>({
    job_id,
    done: 'Rejected: the job has ended',
    onDone: close,
    send: (reason) =>
      dataOf(api.POST('/orchestrate/{job_id}/reject', { params, body: reason === '' ? {} : { reason } })),
  });
  const revise = useCommand<string>({
    job_id,
    done: 'Planning again',
    onDone: close,
    send: (feedback) => dataOf(api.POST('/orchestrate/{job_id}/revise', { params, body: { feedback } })),
  });
  if (status !== 'awaiting_approval') return null;
  return (
    <Group gap={6}>
      <Button loading={approve.busy} onClick={() => approve.run()}>
        Approve version {version}
      </Button>
      <Button variant="default" onClick={() => setAsks('revise')}>
        Ask for a revision
      </Button>
      <Button variant="default" onClick={() => setAsks('reject')}>
        Reject
      </Button>
      <TextDialog
        opened={asks === 'revise'}
        title="Ask for a revision"
        label="What should be different"
        action="Ask for a revision"
        busy={revise.busy}
        onClose={close}
        onSubmit={revise.run}
      />
      <TextDialog
        opened={asks === 'reject'}
        title="Reject the plan: the job ends"
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
