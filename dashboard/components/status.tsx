import type { Schemas } from '../data/api.ts';
import { words } from './format.ts';
import classes from './status.module.css';

/** A status of a job, a task, a project or one of its agents. */
export type AnyStatus =
  | Schemas['JobStatus']
  | Schemas['TaskStatus']
  | Schemas['ProjectStatus']
  | Schemas['MemberStatus'];

/** The kind of a status, which has a colour: `status.module.css`. */
export type Tone = 'idle' | 'active' | 'waits' | 'good' | 'bad' | 'off';

const TONE: Record<AnyStatus, Tone> = {
  planning: 'active',
  awaiting_approval: 'waits',
  running: 'active',
  paused: 'off',
  needs_review: 'bad',
  synthesizing: 'active',
  verifying: 'active',
  completed: 'good',
  failed: 'bad',
  rejected: 'off',
  cancelled: 'off',
  pending: 'idle',
  blocked: 'waits',
  skipped: 'off',
  idle: 'idle',
  working: 'active',
  done: 'good',
  error: 'bad',
};

/** What colour a status has. */
export const toneOf = (status: AnyStatus): Tone => TONE[status];

interface StatusProps {
  status: AnyStatus;
  detail?: string | null;
  /** a job that ended without some of what was asked for */
  partial?: boolean;
}

/** A status as a dot and a word: never by colour alone. */
export function Status({ status, detail, partial = false }: StatusProps) {
  return (
    <span className={classes.status}>
      <Dot tone={partial && status === 'completed' ? 'waits' : toneOf(status)} />
      {words(status)}
      {partial && ' (partial)'}
      {detail ? <span className={classes.detail}>{words(detail)}</span> : null}
    </span>
  );
}

/** A dot of a colour; what it means stands beside it. */
export function Dot({ tone }: { tone: Tone }) {
  return <span className={classes.dot} data-tone={tone} aria-hidden />;
}
