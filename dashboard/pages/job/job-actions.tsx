import { Button, Group, Menu, Modal, NumberInput, Stack } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { TextDialog } from '../../components/text-dialog.tsx';
import { api, dataOf, type Schemas } from '../../data/api.ts';
import { useCommand } from '../../data/command.ts';

const CLOSED = ['completed', 'failed', 'rejected', 'cancelled'];

/** What an operator can do with the whole job; nothing of one that has ended. */
export function JobActions({ job }: { job: Schemas['Job'] }) {
  const { job_id, status, budget } = job;
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
    done: 'Cancelled',
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
  return (
    <Group gap={6}>
      {status === 'needs_review' && (
        <Button loading={finish.busy} onClick={() => finish.run()}>
          Finish with what it has
        </Button>
      )}
      {status === 'paused' ? (
        <Button loading={resume.busy} onClick={() => resume.run()}>
          Resume
        </Button>
      ) : (
        <Button variant="default" loading={pause.busy} onClick={() => pause.run()}>
          Pause
        </Button>
      )}
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" aria-label="More for this job">
            More
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {budget.limit_usd !== null && <Menu.Item onClick={() => setAsks('budget')}>Add budget</Menu.Item>}
          <Menu.Item onClick={() => setAsks('cancel')}>Cancel the job</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <TextDialog
        opened={asks === 'cancel'}
        title="Cancel the job: everything in it stops"
        label="Why (may be empty)"
        action="Cancel the job"
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
