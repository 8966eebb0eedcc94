import { Text } from '@mantine/core';
import { isSame, type PlanDiff } from './diff.ts';
import classes from './plan.module.css';

/** What was added, dropped and changed, task by task. */
export function DiffView({ diff, title }: { diff: PlanDiff; title: string }) {
  return (
    <section aria-label={title} className={classes.diff}>
      <Text fw={550}>{title}</Text>
      {isSame(diff) && <Text c="dimmed">The tasks are the same.</Text>}
      <ul>
        {diff.added.map(({ task_id, title: name }) => (
          <li key={task_id} data-kind="added">
            <b>added</b> {task_id}: {name}
          </li>
        ))}
        {diff.dropped.map(({ task_id, title: name }) => (
          <li key={task_id} data-kind="dropped">
            <b>dropped</b> {task_id}: {name}
          </li>
        ))}
        {diff.changed.map(({ task_id, fields }) => (
          <li key={task_id} data-kind="changed">
            <b>changed</b> {task_id}
            {fields.map(({ name, before, after }) => (
              <div key={name} className={classes.field}>
                <code>{name}</code> <del>{before}</del> <ins>{after}</ins>
              </div>
            ))}
          </li>
        ))}
      </ul>
    </section>
  );
}
