import {
  Button,
  Group,
  MultiSelect,
  NumberInput,
  Select,
  Stack,
  Switch,
  Textarea,
  TextInput,
} from '@mantine/core';
import type { Schemas } from '../../data/api.ts';
import { useAgents } from '../../data/jobs.ts';
import { dependsOn } from './draft.ts';

type Task = Schemas['Task'];

interface Props {
  task: Task;
  tasks: readonly Task[];
  criteria: readonly Schemas['Criterion'][];
  onChange(change: Partial<Task>): void;
  onDrop(): void;
}

/** The fields of a task, edited in place. */
export function TaskEditor({ task, tasks, criteria, onChange, onDrop }: Props) {
  const { task_id, depends_on = [], agent, command } = task;
  const agents = [
    ...new Set(['command', 'human', ...(useAgents().data?.agents.map(({ name }) => name) ?? [])]),
  ];
  const others = tasks.filter(
    (other) => other.task_id !== task_id && !dependsOn(tasks, other.task_id, task_id),
  );
  const isCommand = agent === 'command';
  return (
    <Stack gap="xs">
      <TextInput
        label="Title"
        value={task.title}
        onChange={(event) => onChange({ title: event.currentTarget.value })}
      />
      <Textarea
        label="Description"
        description="What to do, for the agent"
        autosize
        minRows={3}
        maxRows={12}
        value={task.description}
        onChange={(event) => onChange({ description: event.currentTarget.value })}
      />
      <Select
        label="Agent"
        placeholder={task.capabilities?.length ? `any with ${task.capabilities.join(', ')}` : 'any'}
        clearable
        searchable
        data={agent && !agents.includes(agent) ? [...agents, agent] : agents}
        value={agent ?? null}
        onChange={(next) => onChange({ agent: next, ...(next === 'command' ? {} : { command: null }) })}
      />
      {isCommand && (
        <Textarea
          label="Command"
          autosize
          minRows={2}
          maxRows={12}
          ff="monospace"
          spellCheck={false}
          value={Array.isArray(command) ? JSON.stringify(command) : (command ?? '')}
          onChange={(event) => onChange({ command: argvOr(event.currentTarget.value) })}
        />
      )}
      <MultiSelect
        label="Depends on"
        searchable
        clearable
        data={[...others.map((other) => other.task_id)]}
        value={depends_on}
        onChange={(next) => onChange({ depends_on: next })}
      />
      {criteria.length > 0 && (
        <MultiSelect
          label="Covers the criteria"
          data={criteria.map(({ criterion_id }) => criterion_id)}
          value={task.acceptance_criteria ?? []}
          onChange={(next) => onChange({ acceptance_criteria: next })}
        />
      )}
      <Group grow>
        <NumberInput
          label="Estimate, s"
          min={0.1}
          value={task.estimated_seconds}
          onChange={(next) => typeof next === 'number' && onChange({ estimated_seconds: next })}
        />
        <NumberInput
          label="Time-out, s"
          min={0.1}
          value={task.timeout_seconds}
          onChange={(next) => typeof next === 'number' && onChange({ timeout_seconds: next })}
        />
        <NumberInput
          label="Attempts"
          min={1}
          max={20}
          allowDecimal={false}
          value={task.max_attempts}
          onChange={(next) => typeof next === 'number' && onChange({ max_attempts: next })}
        />
      </Group>
      <Group grow align="flex-end">
        <Select
          label="Risk"
          allowDeselect={false}
          data={['low', 'medium', 'high', 'critical']}
          value={task.risk ?? 'low'}
          onChange={(next) => onChange({ risk: (next ?? 'low') as Task['risk'] })}
        />
        <NumberInput
          label="Budget, USD"
          placeholder="of the job"
          min={0}
          value={task.budget_usd ?? ''}
          onChange={(next) => onChange({ budget_usd: typeof next === 'number' ? next : null })}
        />
      </Group>
      <Switch
        label="Waits for approval before it starts"
        checked={task.approval === 'required'}
        onChange={(event) => onChange({ approval: event.currentTarget.checked ? 'required' : 'none' })}
      />
      <Group>
        <Button variant="default" onClick={onDrop}>
          Drop this task
        </Button>
      </Group>
    </Stack>
  );
}

/** A command that is written as a JSON list is argv, everything else a shell string. */
function argvOr(text: string): Task['command'] {
  if (text.trim() === '') return null;
  try {
    const value: unknown = JSON.parse(text);
    const isArgv = Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'string');
    return isArgv ? (value as string[]) : text;
  } catch {
    return text;
  }
}
