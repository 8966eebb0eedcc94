import { commandText } from '../../../contracts/command-text.ts';
import { visible } from '../../../contracts/hidden-text.ts';
import { count, duration } from '../../components/format.ts';
import { VirtualRows } from '../../components/virtual-rows.tsx';
import type { Schemas } from '../../data/api.ts';

import classes from './plan.module.css';

type Task = Schemas['Task'];

/** The tasks of a plan as a list, with what each will run: nothing is approved that can't be read. */
export function PlanTasks({ tasks, onSelect }: { tasks: readonly Task[]; onSelect(task_id: string): void }) {
  return (
    <div className={classes.tasks} style={{ height: Math.min(tasks.length * ROW + 4, 320) }}>
      <VirtualRows
        items={tasks}
        keyOf={(task) => task.task_id}
        rowHeight={ROW}
        label={count(tasks.length, 'task')}
      >
        {(task) => (
          <button type="button" className={classes.task} onClick={() => onSelect(task.task_id)}>
            <span className={classes.name}>{visible(task.title)}</span>
            <span className={classes.quiet}>
              {[
                task.agent ?? (task.capabilities?.join(', ') || 'any agent'),
                duration(task.estimated_seconds ?? 60),
                ...(task.approval === 'required' ? ['waits for approval'] : []),
                ...(task.depends_on?.length ? [`after ${task.depends_on.join(', ')}`] : []),
              ].join(' · ')}
            </span>
            {task.command != null && (
              <code className={classes.command}>{visible(commandText(task.command))}</code>
            )}
          </button>
        )}
      </VirtualRows>
    </div>
  );
}

/** Pixels, roughly. */
const ROW = 58;
