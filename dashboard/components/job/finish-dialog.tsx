import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { visible } from '../../../contracts/hidden-text.ts';
import { api, dataOf, type Schemas } from '../../data/api.ts';
import { useCommand } from '../../data/command.ts';
import { useJob } from '../../data/jobs.ts';
import { words } from '../format.ts';
import { Reading } from '../reading.tsx';

interface Props {
  job_id: string;
  opened: boolean;
  onClose(): void;
}

/** Asks before a job is finished with what it has, saying what will be missing for good. */
export function FinishDialog({ job_id, opened, onClose }: Props) {
  return (
    <Modal opened={opened} onClose={onClose} title="Finish with what it has?" size="lg">
      {opened && <Finish job_id={job_id} onClose={onClose} />}
    </Modal>
  );
}

function Finish({ job_id, onClose }: Omit<Props, 'opened'>) {
  const job = useJob(job_id);
  const finish = useCommand({
    job_id,
    onDone: onClose,
    send: () => dataOf(api.POST('/orchestrate/{job_id}/finish', { params: { path: { job_id } }, body: {} })),
  });
  return (
    <Stack gap="sm">
      <Text>The job ends as partial, and its failed tasks can no longer be retried.</Text>
      <Reading of={job}>{(view) => <Missing job={view} />}</Reading>
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onClose}>
          Back
        </Button>
        <Button color="red" loading={finish.busy} onClick={() => finish.run()}>
          Finish as partial
        </Button>
      </Group>
    </Stack>
  );
}

const SHOWN = 20;

function Missing({ job: { tasks, criteria } }: { job: Schemas['Job'] }) {
  const lines = [
    ...tasks
      .filter(({ status }) => status !== 'completed')
      .map(({ task_id, title, status }) => ({
        id: `task ${task_id}`,
        text: `${visible(title)} (${words(status)})`,
      })),
    ...criteria
      .filter(({ verdict }) => verdict === 'unmet')
      .map(({ criterion_id, text }) => ({
        id: `criterion ${criterion_id}`,
        text: `${visible(text)} (criterion not met)`,
      })),
  ];
  if (lines.length === 0) return null;
  return (
    <section aria-label="What will be missing">
      <Text fw={550}>What will be missing</Text>
      <ul style={{ margin: '4px 0 0', paddingLeft: 18, overflowWrap: 'anywhere' }}>
        {lines.slice(0, SHOWN).map(({ id, text }) => (
          <li key={id}>
            <Text span>{text}</Text>
          </li>
        ))}
      </ul>
      {lines.length > SHOWN && <Text c="dimmed">and {lines.length - SHOWN} more</Text>}
    </section>
  );
}
