import { Text, Title } from '@mantine/core';
import { Link } from 'wouter';
import { visible } from '../../../contracts/hidden-text.ts';
import { Decision } from '../../components/decision/decision.tsx';
import { Prompt } from '../../components/decision/prompt.tsx';
import { age } from '../../components/format.ts';
import { MoreRows, useMoreRows } from '../../components/more-rows.tsx';
import { useNow } from '../../components/use-now.ts';
import type { Schemas } from '../../data/api.ts';
import { useApprovals } from '../../data/jobs.ts';
import classes from './jobs.module.css';

/** Everything of all jobs that waits for a person, oldest first, to be settled here; nothing is shown when nothing does. */
export function NeedsMe({ jobs }: { jobs: readonly Schemas['JobListItem'][] }) {
  const approvals = useApprovals().data?.approvals ?? [];
  const now = useNow();
  const rows = useMoreRows(approvals, 25);
  const titles = new Map(jobs.map((job) => [job.job_id, job.title]));
  if (approvals.length === 0) return null;
  return (
    <section className={classes.needs} aria-labelledby="needs-me">
      <Title order={2} id="needs-me">
        Waits for you{' '}
        <Text span c="dimmed">
          {approvals.length}
        </Text>
      </Title>
      <ul>
        {rows.shown.map((approval) => (
          <li key={`${approval.job_id} ${approval.approval_id}`}>
            <span className={classes.what}>
              <Link
                href={
                  approval.kind === 'plan'
                    ? `/ui/jobs/${approval.job_id}/plan`
                    : `/ui/jobs/${approval.job_id}`
                }
              >
                {visible(titles.get(approval.job_id) ?? approval.job_id)}
              </Link>{' '}
              <Text span c="dimmed">
                {approval.task_id} · {age(approval.requested_at, now)}
                {approval.expires_at !== null &&
                  `, expires ${new Date(approval.expires_at).toLocaleTimeString()}`}
              </Text>
              <span className={classes.prompt}>
                <Prompt approval={approval} />
              </span>
            </span>
            <Decision approval={approval} />
          </li>
        ))}
      </ul>
      <MoreRows of={rows} />
    </section>
  );
}
