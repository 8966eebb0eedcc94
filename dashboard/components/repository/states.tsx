import type { CheckStatus, MergeStatus } from '../../../contracts/repository/view.ts';
import { words } from '../format.ts';
import classes from '../status.module.css';
import { Dot, type Tone } from '../status.tsx';

const MERGE: Record<MergeStatus, [Tone, string]> = {
  none: ['idle', 'nothing committed yet'],
  setting_up: ['active', 'setting up'],
  waiting: ['waits', 'waits for a push'],
  queued: ['idle', 'in the queue'],
  checking: ['active', 'being checked'],
  landed: ['good', 'landed'],
  taken_back: ['bad', 'taken back'],
  conflict: ['bad', 'does not merge'],
};

const CHECK: Record<CheckStatus, Tone> = {
  none: 'off',
  pending: 'idle',
  running: 'active',
  passed: 'good',
  failed: 'bad',
  stale: 'waits',
};

/** How work stands that is on its way into the branch, in words; nothing where there is none. */
export const mergeWords = (work: { merge: MergeStatus } | undefined): string =>
  work === undefined || work.merge === 'none' || work.merge === 'landed' ? '' : MERGE[work.merge][1];

/** Where the work of a task stands on its way into the branch, as a dot and words. */
export function MergeState({ merge }: { merge: MergeStatus }) {
  const [tone, said] = MERGE[merge];
  return (
    <span className={classes.status}>
      <Dot tone={tone} />
      {said}
    </span>
  );
}

/** What the check says, as a dot and a word. */
export function CheckState({ check }: { check: CheckStatus }) {
  return (
    <span className={classes.status}>
      <Dot tone={CHECK[check]} />
      {check === 'none' ? 'not checked' : words(check)}
    </span>
  );
}
