import { Button, Group, Modal, Select, Stack } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { BOSS_AGENT, VERIFIER_AGENT } from '../../../contracts/names.ts';
import { api, dataOf, type Schemas } from '../../data/api.ts';
import { useCommand } from '../../data/command.ts';
import { useAgents } from '../../data/jobs.ts';
import { SkipDialog } from '../job/skip-dialog.tsx';

type Answer = 'retry' | 'resolved' | 'use_agent';
type Asks = 'agent' | 'skip';

/** What a person can decide about work that does not merge. Nothing takes one side by itself. */
export function ConflictActions({ approval }: { approval: Schemas['Approval'] }) {
  const { job_id, approval_id, task_id } = approval;
  const [asks, setAsks] = useState<Asks | null>(null);
  const close = () => setAsks(null);
  const { run, busy } = useCommand<{ answer: Answer; agent?: string }>({
    job_id,
    onDone: close,
    send: ({ answer, agent }) =>
      dataOf(
        api.POST('/orchestrate/{job_id}/approvals/{approval_id}', {
          params: { path: { job_id, approval_id } },
          body: { decision: 'approve', answer, ...(agent === undefined ? {} : { arguments: { agent } }) },
        }),
      ),
  });
  const button = (label: string, title: string, onClick: () => void) => (
    <Button
      size="compact-xs"
      variant="default"
      disabled={busy}
      title={title}
      aria-label={`${label}: ${task_id}`}
      onClick={onClick}
    >
      {label}
    </Button>
  );
  return (
    <Group gap={6}>
      {button('Retry', 'The task is done again, from the branch as it is now', () =>
        run({ answer: 'retry' }),
      )}
      {button('Let an agent resolve', 'An agent brings the two together', () => setAsks('agent'))}
      {button('I pushed a resolution', 'What you pushed is merged in its place', () =>
        run({ answer: 'resolved' }),
      )}
      {button('Skip', 'Its work is left out, and kept on a branch of its own', () => setAsks('skip'))}
      {task_id !== null && (
        <SkipDialog job_id={job_id} task_id={task_id} opened={asks === 'skip'} onClose={close} />
      )}
      <Modal
        opened={asks === 'agent'}
        onClose={close}
        title={`Let an agent bring the work of ${task_id} together`}
        size="md"
      >
        {asks === 'agent' && (
          <ChooseAgent
            busy={busy}
            onClose={close}
            onChoose={(agent) => run({ answer: 'use_agent', agent })}
          />
        )}
      </Modal>
    </Group>
  );
}

function ChooseAgent(props: { busy: boolean; onClose(): void; onChoose(agent: string): void }) {
  const { busy, onClose, onChoose } = props;
  const [agent, setAgent] = useState<string | null>(null);
  const agents = useAgents().data?.agents;
  const names = agents?.filter(isAble).map(({ name }) => name) ?? [];
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (agent !== null) onChoose(agent);
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <Select
          label="Agent"
          description="It gets both sides, what both tasks were to do, and the check."
          placeholder={
            agents !== undefined && names.length === 0 ? 'no agent with a model is there' : undefined
          }
          searchable
          data-autofocus
          data={[...new Set(names)]}
          value={agent}
          onChange={setAgent}
        />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Back
          </Button>
          <Button type="submit" loading={busy} disabled={agent === null}>
            Let it resolve
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

const isAble = ({ name, kind, health }: Schemas['Agent']): boolean =>
  kind === 'llm' && health === 'online' && name !== BOSS_AGENT && name !== VERIFIER_AGENT;
