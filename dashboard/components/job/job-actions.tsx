import { Button, Group, Menu, Modal, NumberInput, Stack } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { api, dataOf, type Schemas } from '../../data/api.ts';
import { useCommand } from '../../data/command.ts';
import { TextDialog } from '../text-dialog.tsx';

interface Props {
  job_id: string;
  status: Schemas['JobStatus'];
  budget: Schemas['Budget'];
  /** what it is shown as; a project is a job, and has its commands */
  what: 'job' | 'project';
}

const CLOSED = ['completed', 'failed', 'rejected', 'cancelled'];
const END = { job: ['Cancel the job', 'Cancelled'], project: ['Stop the project', 'Stopped'] } as const;

/** What an operator can do with the whole of a job; nothing of one that has ended. */
export function JobActions({ job_id, status, budget, what }: Props) {
  const [end, ended] = END[what];
  const [asks, setAsks] = useState<'cancel' | 'budget' | null>(null);
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
  const finish = useCommand({
    job_id,
    send: () => dataOf(api.POST('/orchestrate/{job_id}/finish', { params, body: {} })),
  });
  const cancel = useCommand<string>({
    job_id,
    done: ended,
    onDone: close,
    send: (reason) =>
      dataOf(api.POST('/orchestrate/{job_id}/cancel', { params, body: reason === '' ? {} : { reason } })),
  });
  const add = useCommand<number>({
    job_id,
    done: 'The budget was raised',
    onDone: close,
    send: (add_usd) => dataOf(api.POST('/orchestrate/{job_id}/budget', { params, body: { add_usd } })),
  });
  if (CLOSED.includes(status)) return null;
  // a project that has not been started has nothing to hold
  const mayPause = status !== 'paused' && !(what === 'project' && status === 'planning');
  return (
    <Group gap={6}>
      {status === 'needs_review' && (
        <Button loading={finish.busy} onClick={() => finish.run()}>
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
          <Menu.Item onClick={() => setAsks('cancel')}>{end}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <TextDialog
        opened={asks === 'cancel'}
        title={`${end}: everything in it stops`}
        label="Why (may be empty)"
        action={end}
        optional
        danger
        busy={cancel.busy}
        onClose={close}
        onSubmit={cancel.run}
      />
      <Modal opened={asks === 'budget'} onClose={close} title="Add budget">
        {asks === 'budget' && <AddBudget busy={add.busy} onAdd={add.run} />}
      </Modal>
    </Group>
  );
}

function AddBudget({ busy, onAdd }: { busy: boolean; onAdd(amount: number): void }) {
  const [amount, setAmount] = useState<string | number>(5);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (typeof amount === 'number' && amount > 0) onAdd(amount);
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <NumberInput
          label="USD"
          description="Tasks that ran out of money go on."
          min={0.01}
          decimalScale={2}
          data-autofocus
          value={amount}
          onChange={setAmount}
        />
        <Button type="submit" loading={busy} disabled={typeof amount !== 'number' || amount <= 0}>
          Add
        </Button>
      </Stack>
    </form>
  );
}
