import { Text, Title } from '@mantine/core';
import { MoreRows, useMoreRows } from '../../../components/more-rows.tsx';
import { Printed } from '../../../components/repository/printed.tsx';
import { MergeState } from '../../../components/repository/states.tsx';
import { visibleName } from '../../../components/text/visible-name.ts';
import type { Schemas } from '../../../data/api.ts';
import { useTakenBack } from '../../../data/changes.ts';
import classes from './changes.module.css';
import { type QueueRow, queueRows } from './queue-rows.ts';

/** The merge queue as it is: who is checked, who waits, and whose work did not get in. */
export function MergeQueue({ job, onSelect }: { job: Schemas['Job']; onSelect(task_id: string): void }) {
  const rows = queueRows(job);
  const shown = useMoreRows(rows, 50);
  return (
    <section aria-label="Merge queue">
      <Title order={3}>Merge queue</Title>
      {rows.length === 0 ? (
        <Text c="dimmed">Nothing waits to be merged.</Text>
      ) : (
        <ol className={classes.list}>
          {shown.shown.map((row) => (
            <li key={row.task_id} className={classes.entry}>
              <span className={classes.state}>
                <MergeState merge={row.work.merge} />
              </span>
              <button type="button" className={classes.task} onClick={() => onSelect(row.task_id)}>
                {visibleName(row.title)}
              </button>
              <span className={classes.quiet}>{wordsOf(row)}</span>
            </li>
          ))}
        </ol>
      )}
      <MoreRows of={shown} />
      <TakenBack job={job} />
    </section>
  );
}

function wordsOf({ task_id, place, work }: QueueRow): string {
  if (work.merge === 'conflict')
    return [task_id, ...(work.conflict_files ?? []).map(visibleName)].join(' · ');
  return place === null ? task_id : `${task_id} · ${place === 1 ? 'first' : `number ${place}`}`;
}

/** Every time that the check failed with somebody's work, and what it printed. */
function TakenBack({ job: { job_id, tasks } }: { job: Schemas['Job'] }) {
  const shown = useMoreRows(useTakenBack(job_id), 20);
  if (shown.shown.length === 0) return null;
  const titles = new Map(tasks.map(({ task_id, title }) => [task_id, title]));
  return (
    <section aria-label="Taken back">
      <Title order={3} mt="sm">
        Taken back
      </Title>
      <ul className={classes.list}>
        {shown.shown.map(({ seq, task_id, attempt, how, log_ref }) => (
          <li key={seq} className={classes.entry}>
            <span>
              {visibleName(titles.get(task_id ?? '') ?? '')}{' '}
              <span className={classes.quiet}>
                {task_id}
                {attempt !== null && `, attempt ${attempt}`}: {visibleName(how)}
              </span>
            </span>
            {log_ref !== null && <Printed job_id={job_id} sha256={log_ref} what="what the check printed" />}
          </li>
        ))}
      </ul>
      <MoreRows of={shown} />
    </section>
  );
}
