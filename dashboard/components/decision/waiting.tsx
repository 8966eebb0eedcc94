import type { Schemas } from '../../data/api.ts';
import { Decision } from './decision.tsx';
import { Prompt } from './prompt.tsx';
import classes from './waiting.module.css';

/** What of one job waits for a person, to be decided here; nothing is shown when nothing does. */
export function Waiting({ approvals }: { approvals: readonly Schemas['Approval'][] }) {
  if (approvals.length === 0) return null;
  return (
    <section className={classes.waiting} aria-label="Waits for you">
      {approvals.map((approval) => (
        <div key={approval.approval_id} className={classes.wait}>
          <span className={classes.what}>
            <strong>{approval.task_id ?? 'Plan'}</strong> <Prompt text={approval.prompt} />
          </span>
          <Decision approval={approval} />
        </div>
      ))}
    </section>
  );
}
