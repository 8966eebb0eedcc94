import { TextInput } from '@mantine/core';
import { useState } from 'react';
import { usd } from '../../components/format.ts';
import { mergeWords } from '../../components/repository/states.tsx';
import { Status } from '../../components/status.tsx';
import { VirtualRows } from '../../components/virtual-rows.tsx';
import type { Schemas } from '../../data/api.ts';
import classes from './job.module.css';

/** The tasks of a job as a list, to be searched. */
export function TaskList(props: {
  tasks: readonly Schemas['TaskView'][];
  selected: string | null;
  onSelect(task_id: string): void;
}) {
  const { tasks, selected, onSelect } = props;
  const [search, setSearch] = useState('');
  const shown = tasks.filter((task) =>
    `${task.task_id} ${task.title} ${task.status} ${task.agent ?? ''}`
      .toLowerCase()
      .includes(search.toLowerCase()),
  );
  return (
    <div style={{ display: 'flex', flexDirection: 'column', gap: 8, height: '100%' }}>
      <TextInput
        type="search"
        aria-label="Search tasks"
        placeholder="Search id, title, status, agent"
        value={search}
        onChange={(event) => setSearch(event.currentTarget.value)}
        maw={320}
      />
      <div style={{ flex: 1, minHeight: 0 }}>
        <VirtualRows items={shown} keyOf={(task) => task.task_id} rowHeight={28} label="Tasks">
          {(task) => (
            <button
              type="button"
              className={classes.line}
              aria-pressed={task.task_id === selected}
              onClick={() => onSelect(task.task_id)}
            >
              <span className={classes.column}>
                <Status status={task.status} />
              </span>
              <span className={classes.grow}>
                {task.title}{' '}
                <span className={classes.quiet}>{task.error?.message ?? task.reason ?? runs(task)}</span>
              </span>
              <span className={classes.quiet}>{task.agent}</span>
              <span className={classes.quiet}>{task.cost_usd > 0 ? usd(task.cost_usd) : ''}</span>
            </button>
          )}
        </VirtualRows>
      </div>
    </div>
  );
}

/** A task runs until its work has landed: where that is meanwhile. */
const runs = ({ status, repository }: Schemas['TaskView']): string =>
  status === 'running' ? mergeWords(repository) : '';
