import { Button, Modal, NumberInput, Stack } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { api, dataOf } from '../../data/api.ts';
import { useCommand } from '../../data/command.ts';

interface Props {
  job_id: string;
  opened: boolean;
  onClose(): void;
}

/** Raises the budget of a job. */
export function AddBudget(props: Props) {
  return (
    <Modal opened={props.opened} onClose={props.onClose} title="Add budget">
      {props.opened && <BudgetForm {...props} />}
    </Modal>
  );
}

function BudgetForm({ job_id, onClose }: Props) {
  const [amount, setAmount] = useState<string | number>(5);
  const add = useCommand<number>({
    job_id,
    done: 'The budget was raised',
    onDone: onClose,
    send: (add_usd) =>
      dataOf(api.POST('/orchestrate/{job_id}/budget', { params: { path: { job_id } }, body: { add_usd } })),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (typeof amount === 'number' && amount > 0) add.run(amount);
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <NumberInput
          label="USD"
          description="Tasks that ran out of money continue."
          min={0.01}
          decimalScale={2}
          data-autofocus
          value={amount}
          onChange={setAmount}
        />
        <Button type="submit" loading={add.busy} disabled={typeof amount !== 'number' || amount <= 0}>
          Add
        </Button>
      </Stack>
    </form>
  );
}
