import { Button, Group, Loader, Modal, Select, Stack, Text, Textarea } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { api, dataOf, type Schemas } from '../../../data/api.ts';
import { useCommand } from '../../../data/command.ts';
import { useAgents } from '../../../data/jobs.ts';
import { useDescription } from '../../../data/task-reads.ts';

interface Props {
  job: Schemas['Job'];
  task: Schemas['TaskView'];
  opened: boolean;
  onClose(): void;
}

/** Tries a task again, with another prompt or another agent where they are changed. */
export function RetryDialog(props: Props) {
  const { task, opened, onClose } = props;
  return (
    <Modal opened={opened} onClose={onClose} title={`Retry ${task.task_id}`} size="lg">
      {opened && <RetryWhole {...props} />}
    </Modal>
  );
}

function RetryWhole(props: Props) {
  const description = useDescription(props.job.job_id, props.task);
  if (description === undefined) return <Loader size="sm" aria-label="Loading" />;
  return <RetryForm {...props} description={description} />;
}

function RetryForm({ job, task, description, onClose }: Props & { description: string }) {
  const { job_id } = job;
  const { task_id } = task;
  const [prompt, setPrompt] = useState(description);
  const [agent, setAgent] = useState<string | null>(null);
  const names = useAgents().data?.agents.map(({ name }) => name) ?? [];
  const retry = useCommand<Schemas['RetryBody']>({
    job_id,
    done: `${task_id} is being retried`,
    onDone: onClose,
    send: (body) =>
      dataOf(
        api.POST('/orchestrate/{job_id}/task/{task_id}/retry', {
          params: { path: { job_id, task_id } },
          body,
        }),
      ),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const changed = prompt.trim() !== description.trim() && prompt.trim() !== '';
    retry.run({
      ...(changed ? { modified_prompt: prompt.trim() } : {}),
      ...(agent === null ? {} : { agent }),
    });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <Textarea
          label="Prompt"
          description="Without a change, the agent is told the error and the end of the failed attempt."
          autosize
          minRows={5}
          maxRows={18}
          data-autofocus
          value={prompt}
          onChange={(event) => setPrompt(event.currentTarget.value)}
        />
        {task.agent === 'command' && (
          <Text c="dimmed">
            The command itself stays as it is; it reads the prompt in its context. Edit the plan to change it.
          </Text>
        )}
        <Select
          label="Agent"
          placeholder={task.agent ?? 'as planned'}
          clearable
          searchable
          data={[...new Set(names)]}
          value={agent}
          onChange={setAgent}
        />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Back
          </Button>
          <Button type="submit" loading={retry.busy}>
            Retry
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
