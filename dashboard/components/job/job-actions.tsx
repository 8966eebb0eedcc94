import { Button, Group, Menu } from '@mantine/core';
import { useState } from 'react';
import { api, dataOf, type Schemas } from '../../data/api.ts';
import { useCommand } from '../../data/command.ts';
import { AddBudget } from './add-budget.tsx';
import { CancelDialog, END } from './cancel-dialog.tsx';
import { FinishDialog } from './finish-dialog.tsx';

interface Props {
  job_id: string;
  status: Schemas['JobStatus'];
  budget: Schemas['Budget'];
  /** what it is shown as; a project is a job, and has its commands */
  what: 'job' | 'project';
}

const CLOSED = ['completed', 'failed', 'rejected', 'cancelled'];

/** What an operator can do with the whole of a job; nothing of one that has ended. */
export function JobActions({ job_id, status, budget, what }: Props) {
  const [asks, setAsks] = useState<'cancel' | 'budget' | 'finish' | null>(null);
  const params = { path: { job_id } };
  const close = () => setAsks(null);
  const pause = useCommand({
    job_id,
    done: 'Paused: no further tasks start',
    send: () => dataOf(api.POST('/orchestrate/{job_id}/pause', { params, body: {} })),
  });
  const resume = useCommand({
    job_id,
    send: () => dataOf(api.POST('/orchestrate/{job_id}/resume', { params, body: {} })),
  });
  if (CLOSED.includes(status)) return null;
  // a project that has not been started has nothing to hold
  const mayPause = status !== 'paused' && !(what === 'project' && status === 'planning');
  return (
    <Group gap={6}>
      {status === 'needs_review' && (
        <Button variant="default" onClick={() => setAsks('finish')}>
          Finish with what it has
        </Button>
      )}
      {status === 'paused' && (
        <Button loading={resume.busy} onClick={() => resume.run()}>
          Resume
        </Button>
      )}
      {mayPause && (
        <Button variant="default" loading={pause.busy} onClick={() => pause.run()}>
          Pause
        </Button>
      )}
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" aria-label={`More for this ${what}`}>
            More
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {budget.limit_usd !== null && <Menu.Item onClick={() => setAsks('budget')}>Add budget</Menu.Item>}
          <Menu.Item onClick={() => setAsks('cancel')}>{END[what]}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <FinishDialog job_id={job_id} opened={asks === 'finish'} onClose={close} />
      <CancelDialog job_id={job_id} what={what} opened={asks === 'cancel'} onClose={close} />
      <AddBudget job_id={job_id} opened={asks === 'budget'} onClose={close} />
    </Group>
  );
}
