import { Button, Group } from '@mantine/core';
import { useState } from 'react';
import { api, dataOf, type Schemas } from '../../data/api.ts';
import { useCommand } from '../../data/command.ts';
import { AddBudget } from '../job/add-budget.tsx';
import { CancelDialog } from '../job/cancel-dialog.tsx';
import { FinishDialog } from '../job/finish-dialog.tsx';
import { SkipDialog } from '../job/skip-dialog.tsx';

type Action = NonNullable<Schemas['Approval']['actions']>[number];

const WORDS: Record<Action, string> = {
  retry: 'Retry',
  skip: 'Skip',
  add_budget: 'Add budget',
  finish: 'Finish with what it has',
  cancel: 'Cancel the job',
};

/** The commands that can be given about what went wrong, the likeliest first. */
export function ReviewActions({ approval }: { approval: Schemas['Approval'] }) {
  const { job_id, task_id, actions = [] } = approval;
  const [asks, setAsks] = useState<Action | null>(null);
  const close = () => setAsks(null);
  const params = { path: { job_id, task_id: task_id ?? '' } };
  const retry = useCommand({
    job_id,
    done: `${task_id} is being retried`,
    send: () => dataOf(api.POST('/orchestrate/{job_id}/task/{task_id}/retry', { params, body: {} })),
  });
  return (
    <Group gap={6}>
      {actions.map((action, index) => (
        <Button
          key={action}
          size="compact-xs"
          variant={index === 0 && (action === 'retry' || action === 'add_budget') ? 'filled' : 'default'}
          loading={action === 'retry' && retry.busy}
          aria-label={
            task_id !== null && (action === 'retry' || action === 'skip')
              ? `${WORDS[action]} ${task_id}`
              : undefined
          }
          onClick={() => (action === 'retry' ? retry.run() : setAsks(action))}
        >
          {WORDS[action]}
        </Button>
      ))}
      {task_id !== null && (
        <SkipDialog job_id={job_id} task_id={task_id} opened={asks === 'skip'} onClose={close} />
      )}
      <AddBudget job_id={job_id} opened={asks === 'add_budget'} onClose={close} />
      <FinishDialog job_id={job_id} opened={asks === 'finish'} onClose={close} />
      <CancelDialog job_id={job_id} what="job" opened={asks === 'cancel'} onClose={close} />
    </Group>
  );
}
