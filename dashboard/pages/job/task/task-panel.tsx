import { Alert, CloseButton, Group, Tabs, Text, Title } from '@mantine/core';
import { visible } from '../../../../contracts/hidden-text.ts';
import { screenText } from '../../../../contracts/screen-text.ts';
import { Inputs } from '../../../components/artifact/inputs.tsx';
import { duration, usd } from '../../../components/format.ts';
import { Status } from '../../../components/status.tsx';
import { HiddenWarning } from '../../../components/text/hidden-warning.tsx';
import { useNow } from '../../../components/use-now.ts';
import type { Schemas } from '../../../data/api.ts';
import { useDescription } from '../../../data/task-reads.ts';
import { WriteInJob } from '../messages.tsx';
import classes from './task.module.css';
import { TaskActions } from './task-actions.tsx';
import { TaskOutput } from './task-output.tsx';
import { TaskWork } from './task-work.tsx';
import { Transcript } from './transcript.tsx';

interface Props {
  job: Schemas['Job'];
  task: Schemas['TaskView'];
  onClose(): void;
  /** shows what it changed in the repository */
  onChanges(): void;
}

/** One task: how it stands and why, what it says and made, and what can be done with it. */
export function TaskPanel({ job, task, onClose, onChanges }: Props) {
  const { task_id, title, status, reason, error, agent, attempt, depends_on } = task;
  const description = useDescription(job.job_id, task) ?? task.description;
  return (
    <section aria-label={`Task ${task_id}`}>
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Title order={2}>{visible(title)}</Title>
        <CloseButton aria-label="Close the task" onClick={onClose} />
      </Group>
      <Group gap="sm" mt={4}>
        <Status status={status} detail={reason} />
        <Text c="dimmed">
          {task_id} · {agent ?? 'any agent'}
          {attempt > 1 && ` · attempt ${attempt}`}
          {task.retry_count > 0 && ` · retried ${task.retry_count}×`}
          {task.cost_usd > 0 && ` · ${usd(task.cost_usd)}`}
          {task.sandbox && (task.sandbox === 'none' ? ' · no sandbox' : ' · in a sandbox')}
          <Took task={task} />
        </Text>
      </Group>
      {depends_on.length > 0 && <Text c="dimmed">after {depends_on.join(', ')}</Text>}
      {error !== null && (
        <Alert color="red" variant="outline" p="xs" mt="xs" title={error.code.replaceAll('_', ' ')}>
          {visible(error.message)}
          {error.tail && (
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
            <pre className={classes.text} tabIndex={0}>
              {visible(screenText(error.tail))}
            </pre>
          )}
        </Alert>
      )}
      <TaskWork key={`work of ${task_id}`} job_id={job.job_id} task={task} onChanges={onChanges} />
      <HiddenWarning of={[title, description]} />
      <TaskActions job={job} task={task} />
      {(status === 'awaiting_approval' || reason === 'waiting_for_person') && (
        <Inputs job_id={job.job_id} task_id={task_id} />
      )}
      <Tabs defaultValue={startsWith(status)} key={task_id} keepMounted={false} mt="sm">
        <Tabs.List>
          <Tabs.Tab value="output">Output</Tabs.Tab>
          <Tabs.Tab value="transcript">Transcript</Tabs.Tab>
          <Tabs.Tab value="brief">Brief</Tabs.Tab>
          <Tabs.Tab value="message">Message</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="output" pt="xs">
          <TaskOutput job_id={job.job_id} task={task} />
        </Tabs.Panel>
        <Tabs.Panel value="transcript" pt="xs">
          <Transcript job_id={job.job_id} task={task} />
        </Tabs.Panel>
        <Tabs.Panel value="brief" pt="xs">
          <Text className={classes.prose}>
            {visible(description) || 'It has no description beyond its title.'}
          </Text>
        </Tabs.Panel>
        <Tabs.Panel value="message" pt="xs">
          <WriteInJob job={job} to={task_id} />
        </Tabs.Panel>
      </Tabs>
    </section>
  );
}

const startsWith = (status: Schemas['TaskStatus']): string => (status === 'pending' ? 'brief' : 'output');

function Took({ task: { started_at, finished_at } }: { task: Schemas['TaskView'] }) {
  const now = useNow();
  if (started_at === null) return null;
  const end = finished_at === null ? now : Date.parse(finished_at);
  return <> · {duration(Math.max(0, end - Date.parse(started_at)) / 1000)}</>;
}
