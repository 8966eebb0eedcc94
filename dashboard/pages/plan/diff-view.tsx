import { Text } from '@mantine/core';
import { visible } from '../../../contracts/hidden-text.ts';
import { isSame, type PlanDiff } from './diff.ts';
import classes from './plan.module.css';

/** What was added, dropped and changed, task by task. */
export function DiffView({ diff, title }: { diff: PlanDiff; title: string }) {
  return (
    <section aria-label={title} className={classes.diff}>
      <Text fw={550}>{title}</Text>
      {isSame(diff) && <Text c="dimmed">No changes.</Text>}
      <ul>
        {diff.added.map(({ task_id, title: name }) => (
          <li key={task_id} data-kind="added">
            <b>added</b> {task_id}: {visible(name)}
          </li>
        ))}
        {diff.dropped.map(({ task_id, title: name }) => (
          <li key={task_id} data-kind="dropped">
            <b>dropped</b> {task_id}: {visible(name)}
          </li>
        ))}
        {diff.changed.map(({ task_id, fields }) => (
          <li key={task_id} data-kind="changed">
            <b>changed</b> {task_id}
            {fields.map(({ name, before, after }) => (
              <div key={name} className={classes.field}>
                <code>{name}</code> <del>{visible(before)}</del> <ins>{visible(after)}</ins>
              </div>
            ))}
          </li>
        ))}
      </ul>
    </section>
  );
}
