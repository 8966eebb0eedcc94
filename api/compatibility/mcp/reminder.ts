import { isClosed } from '../../../contracts/status.ts';
import { readView } from '../../jobs/view.ts';
import type { RequestContext } from './session.ts';
import { awaitCall } from './start.ts';

const SHOWN = 5;
/** So many of a session's latest tasks are looked at. */
const LOOKED_AT = 50;

/** Names the tasks of the session that still run, with the exact call for each; null when none does. */
export async function reminderOf({ deps, session, caller }: RequestContext): Promise<string | null> {
  const ids = await deps.store.sessionJobs(session.session_id, LOOKED_AT);
  const closed = await deps.store.archivedAmong(ids);
  const open = ids.filter((id) => !closed.has(id));
  const views = await Promise.all(open.map((id) => readView(deps, caller.sees, id).catch(() => null)));
  const running = views.filter((view) => view !== null && !isClosed(view.status));
  if (running.length === 0) return null;
  const lines = running
    .slice(0, SHOWN)
    .map((view) => `- ${view!.job_id} (${view!.title.slice(0, 80)}): ${awaitCall(view!.job_id)}`);
  const more = running.length - lines.length;
  return [
    `Tasks of this session still run (${running.length}). Get their results before you give your own:`,
    ...lines,
    ...(more > 0 ? [`- and ${more} more: task_list {"view":"status"}`] : []),
  ].join('\n');
}
