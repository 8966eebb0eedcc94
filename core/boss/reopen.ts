import type { EventDraft } from '../../contracts/event.ts';
import type { Verdict } from '../../contracts/model-call.ts';
import { resetTask } from '../schedule/settle.ts';
import type { JobState } from '../state/job-state.ts';
import { bossTask } from './team.ts';

/**
 * Verification found criteria unmet: the boss goes on from where it stood, as often as the job allows repairs. `why`
 * says why it does not.
 */
export function reopen(
  state: JobState,
  unmet: readonly Verdict[],
): { events: EventDraft[]; why: string | null } {
  const { max_repair_rounds } = state.spec;
  const boss = bossTask(state);
  if (!boss?.thread) return { events: [], why: 'criteria are unmet, and the boss cannot go on' };
  if (state.repair_rounds >= max_repair_rounds) {
    return { events: [], why: `criteria are unmet after ${max_repair_rounds} rounds of repair` };
  }
  state.repair_rounds += 1;
  const { thread } = boss;
  resetTask(boss);
  boss.thread = { ...thread, remarks: [...thread.remarks, remark(unmet)] };
  state.phase = 'executing';
  const criteria = unmet.map(({ criterion_id }) => criterion_id);
  const data = { by: 'verification', criteria };
  return { events: [{ type: 'task.retrying', task_id: boss.task_id, data }], why: null };
}

function remark(unmet: readonly Verdict[]): string {
  const listed = unmet.map(({ criterion_id, evidence }) => `- ${criterion_id}: ${evidence}`).join('\n');
  return `The project is not accepted yet. Verification found these criteria unmet:\n${listed}\nHave them met, then call project_complete again.`;
}
