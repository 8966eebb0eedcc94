import { Text, Title } from '@mantine/core';
import { commandText } from '../../../contracts/command-text.ts';
import { visible } from '../../../contracts/hidden-text.ts';
import { count, duration, usd } from '../../components/format.ts';
import type { Schemas } from '../../data/api.ts';
import classes from './plan.module.css';

/** A planned task, to be read. */
export function TaskDetails({ task, conflict }: { task: Schemas['Task']; conflict: string | null }) {
  const { agent, capabilities = [], depends_on = [], command, acceptance_criteria = [], files = [] } = task;
  const facts: [string, string][] = [
    ['Agent', agent ?? (capabilities.length > 0 ? `any with ${capabilities.join(', ')}` : 'any')],
    ['After', depends_on.join(', ') || 'nothing'],
    ['Estimate', duration(task.estimated_seconds ?? 60)],
    [
      'Limits',
      `${duration(task.timeout_seconds ?? 600)} an attempt, ${count(task.max_attempts ?? 3, 'attempt')}`,
    ],
    ['Risk', task.approval === 'required' ? `${task.risk}, waits for approval` : (task.risk ?? 'low')],
    ...(task.budget_usd == null ? [] : [['Budget', usd(task.budget_usd)] as [string, string]]),
    ...(task.model == null ? [] : [['Model', task.model] as [string, string]]),
    ...(acceptance_criteria.length > 0
      ? [['Covers', acceptance_criteria.join(', ')] as [string, string]]
      : []),
    ...(files.length > 0 ? [['Files', files.join(', ')] as [string, string]] : []),
    ...(task.cwd && task.cwd !== '.' ? [['Folder', task.cwd] as [string, string]] : []),
    ...Object.entries(task.env ?? {}).map(([name, value]): [string, string] => [name, JSON.stringify(value)]),
    ...(conflict === null ? [] : [['Conflict', conflict] as [string, string]]),
  ];
  return (
    <section aria-label={`Task ${task.task_id}`}>
      <Title order={2}>{visible(task.title)}</Title>
      <Text c="dimmed">{task.task_id}</Text>
      <dl style={{ display: 'grid', gridTemplateColumns: '80px 1fr', gap: '3px 10px', margin: '8px 0' }}>
        {facts.map(([name, value]) => (
          <div key={name} style={{ display: 'contents' }}>
            <dt>
              <Text c="dimmed">{visible(name)}</Text>
            </dt>
            <dd style={{ margin: 0, overflowWrap: 'anywhere' }}>
              <Text>{visible(value)}</Text>
            </dd>
          </div>
        ))}
      </dl>
      {task.description && <Text className={classes.text}>{visible(task.description)}</Text>}
      {command != null && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
        <pre className={classes.text} tabIndex={0}>
          {visible(commandText(command))}
        </pre>
      )}
    </section>
  );
}
