import { Text } from '@mantine/core';
import { useMemo } from 'react';
import { duration } from '../../components/format.ts';
import { useNow } from '../../components/use-now.ts';
import { VirtualRows } from '../../components/virtual-rows.tsx';
import type { Schemas } from '../../data/api.ts';
import { useJobEvents } from '../../data/live-job.ts';
import classes from './job.module.css';
import { type Stretch, timelineOf } from './timeline-rows.ts';

const WORD: Record<Stretch['kind'], string> = {
  waiting: 'waited',
  running: 'runs',
  completed: 'completed',
  failed: 'failed',
  stopped: 'stopped',
};

/** Who ran when: a line a task, with its attempts and the waiting between them. */
export function Timeline({ job, onSelect }: { job: Schemas['Job']; onSelect(task_id: string): void }) {
  const events = useJobEvents(job.job_id);
  const rows = useMemo(() => timelineOf(events), [events]);
  const now = useNow();
  const begun = job.tasks
    .filter(({ task_id }) => rows.has(task_id))
    .sort((a, b) => rows.get(a.task_id)![0]!.from - rows.get(b.task_id)![0]!.from);
  if (begun.length === 0) return <Text c="dimmed">Nothing has begun yet.</Text>;
  const first = rows.get(begun[0]!.task_id)![0]!.from;
  const last = job.finished_at ? Date.parse(job.finished_at) : Math.max(now, Date.parse(events.at(-1)!.at));
  const span = Math.max(1, last - first);
  return (
    <VirtualRows
      items={begun}
      keyOf={(task) => task.task_id}
      rowHeight={27}
      label={`Timeline of ${duration(span / 1000)}`}
    >
      {({ task_id, title, attempt }) => {
        const stretches = rows.get(task_id)!;
        const worked = stretches.filter(({ kind }) => kind !== 'waiting');
        const seconds = worked.reduce((sum, { from, to }) => sum + ((to ?? last) - from) / 1000, 0);
        return (
          <button type="button" className={classes.line} onClick={() => onSelect(task_id)}>
            <span className={`${classes.column} ${classes.grow}`} style={{ flex: 'none' }} title={title}>
              {title}
            </span>
            <span className={classes.bars}>
              <svg
                viewBox={`0 0 ${span} 16`}
                preserveAspectRatio="none"
                role="img"
                aria-label={stretches.map((one) => inWords(one, last)).join(', ')}
              >
                {stretches.map(({ kind, from, to }) => (
                  <rect
                    key={`${kind}-${from}`}
                    data-kind={kind}
                    x={from - first}
                    width={Math.max(span / 400, (to ?? last) - from)}
                    y={kind === 'waiting' ? 6 : 1}
                    height={kind === 'waiting' ? 4 : 14}
                  />
                ))}
              </svg>
            </span>
            <span className={classes.quiet}>
              {duration(seconds)}
              {attempt > 1 ? ` · ${attempt} attempts` : ''}
            </span>
          </button>
        );
      }}
    </VirtualRows>
  );
}

const inWords = ({ kind, from, to, attempt }: Stretch, last: number): string =>
  `${attempt > 1 ? `attempt ${attempt} ` : ''}${WORD[kind]} ${duration(Math.max(0, (to ?? last) - from) / 1000)}`;
