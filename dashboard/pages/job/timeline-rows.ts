import type { JobEvent } from '../../../contracts/event.ts';

/** What a task did in a stretch of time. */
export interface Stretch {
  kind: 'waiting' | 'running' | 'completed' | 'failed' | 'stopped';
  /** milliseconds since the epoch */
  from: number;
  /** null: it goes on */
  to: number | null;
  /** from 1; 0 while it waits */
  attempt: number;
}

/** How the stretch before an event of this type ended, and whether waiting begins with it. */
const ENDS: Partial<Record<JobEvent['type'], { as: Stretch['kind']; waits: boolean }>> = {
  'task.completed': { as: 'completed', waits: false },
  'task.failed': { as: 'failed', waits: false },
  'task.retrying': { as: 'failed', waits: true },
  'task.worker_lost': { as: 'failed', waits: true },
  'task.blocked': { as: 'stopped', waits: true },
  'task.skipped': { as: 'stopped', waits: false },
  'task.cancelled': { as: 'stopped', waits: false },
};

/**
 * Who ran when: for each task its attempts and the waiting between them, from the journal. Nothing of a task that never
 * got ready: one that was skipped before, for instance.
 */
export function timelineOf(events: readonly JobEvent[]): Map<string, Stretch[]> {
  const rows = new Map<string, Stretch[]>();
  for (const { type, task_id, at, attempt } of events) {
    if (task_id === undefined) continue;
    const row = rows.get(task_id) ?? [];
    const begin = (stretch: Pick<Stretch, 'kind' | 'attempt'>) => {
      row.push({ ...stretch, from: time, to: null });
      rows.set(task_id, row);
    };
    const time = Date.parse(at);
    const last = row.at(-1);
    const open = last?.to === null ? last : undefined;
    const end = (as: Stretch['kind']) => {
      if (open === undefined) return;
      open.to = time;
      if (open.kind === 'running') open.kind = as;
    };
    const ending = ENDS[type];
    if (type === 'task.ready' || type === 'approval.requested') {
      if (open === undefined) begin({ kind: 'waiting', attempt: 0 });
    } else if (type === 'task.started') {
      end('stopped');
      begin({ kind: 'running', attempt: attempt ?? 1 });
    } else if (ending !== undefined) {
      end(ending.as);
      if (ending.waits) begin({ kind: 'waiting', attempt: 0 });
    }
  }
  return rows;
}
