import type { Schemas } from '../../data/api.ts';
import { Inputs } from '../artifact/inputs.tsx';
import { Decision } from './decision.tsx';
import { Prompt } from './prompt.tsx';
import classes from './waiting.module.css';

/** Kinds that are decided by what came before them. */
const SHOWS_INPUTS: readonly Schemas['Approval']['kind'][] = ['human_task', 'gate'];

/** What of one job waits for a person, to be decided here; nothing is shown when nothing does. */
export function Waiting({ approvals }: { approvals: readonly Schemas['Approval'][] }) {
  if (approvals.length === 0) return null;
  return (
    <section className={classes.waiting} aria-label="Waits for you">
      {approvals.map((approval) => (
        <div key={approval.approval_id} className={classes.wait}>
          <span className={classes.what}>
            <strong>{approval.task_id ?? (approval.kind === 'plan' ? 'Plan' : 'Job')}</strong>{' '}
            <Prompt approval={approval} />
            {approval.task_id !== null && SHOWS_INPUTS.includes(approval.kind) && (
              <Inputs job_id={approval.job_id} task_id={approval.task_id} />
            )}
          </span>
          <Decision approval={approval} />
        </div>
      ))}
    </section>
  );
}
