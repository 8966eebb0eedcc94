import type { Schemas } from '../data/api.ts';
import classes from './progress.module.css';

const PARTS = [
  ['completed', 'completed'],
  ['failed', 'failed'],
  ['blocked', 'blocked'],
  ['awaiting_approval', 'waiting for approval'],
  ['running', 'running'],
  ['skipped', 'skipped'],
  ['cancelled', 'cancelled'],
] as const;

/** How many tasks are in each status, as a bar, and how many are done in figures. */
export function Progress({ stats }: { stats: Schemas['Stats'] }) {
  if (stats.total === 0) return <span className={classes.none}>no tasks yet</span>;
  const parts = PARTS.filter(([name]) => stats[name] > 0);
  const said = parts.map(([name, word]) => `${stats[name]} ${word}`).join(', ');
  return (
    <span className={classes.progress} title={said}>
      <svg
        className={classes.bar}
        viewBox={`0 0 ${stats.total} 1`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${stats.total} tasks: ${said || 'none begun'}`}
      >
        {parts.map(([name], index) => (
          <rect
            key={name}
            data-status={name}
            x={parts.slice(0, index).reduce((sum, [before]) => sum + stats[before], 0)}
            width={stats[name]}
            height={1}
          />
        ))}
      </svg>
      <span className={classes.count}>
        {stats.completed}/{stats.total}
      </span>
    </span>
  );
}
