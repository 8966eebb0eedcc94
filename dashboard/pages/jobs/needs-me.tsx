import { Text, Title } from '@mantine/core';
import { Link } from 'wouter';
import { Decision } from '../../components/decision/decision.tsx';
import { Prompt } from '../../components/decision/prompt.tsx';
import { age } from '../../components/format.ts';
import { useNow } from '../../components/use-now.ts';
import type { Schemas } from '../../data/api.ts';
import { useApprovals } from '../../data/jobs.ts';
import classes from './jobs.module.css';

/** Everything of all jobs that waits for a person, oldest first, to be decided here; nothing is shown when nothing does. */
export function NeedsMe({ jobs }: { jobs: readonly Schemas['JobListItem'][] }) {
  const approvals = useApprovals().data?.approvals ?? [];
  const now = useNow();
  const titles = new Map(jobs.map((job) => [job.job_id, job.title]));
  const reviews = jobs.filter((job) => job.status === 'needs_review');
  const blocked = jobs.filter(
    (job) =>
      job.status === 'running' &&
      job.stats.blocked > 0 &&
      !approvals.some(({ job_id }) => job_id === job.job_id),
  );
  const count = approvals.length + reviews.length + blocked.length;
  if (count === 0) return null;
  return (
    <section className={classes.needs} aria-labelledby="needs-me">
      <Title order={2} id="needs-me">
        Waits for you{' '}
        <Text span c="dimmed">
          {count}
        </Text>
      </Title>
      <ul>
        {reviews.map(({ job_id, title }) => (
          <li key={`review ${job_id}`}>
            <span className={classes.what}>
              <Link href={`/ui/jobs/${job_id}`}>{title}</Link> needs review: nothing in it can go on by itself
            </span>
          </li>
        ))}
        {approvals.map((approval) => (
          <li key={`${approval.job_id} ${approval.approval_id}`}>
            <span className={classes.what}>
              <Link
                href={
                  approval.kind === 'plan'
                    ? `/ui/jobs/${approval.job_id}/plan`
                    : `/ui/jobs/${approval.job_id}`
                }
              >
                {titles.get(approval.job_id) ?? approval.job_id}
              </Link>{' '}
              <Text span c="dimmed">
                {approval.task_id} · {age(approval.requested_at, now)}
                {approval.expires_at !== null &&
                  `, expires ${new Date(approval.expires_at).toLocaleTimeString()}`}
              </Text>
              <span className={classes.prompt}>
                <Prompt text={approval.prompt} />
              </span>
            </span>
            <Decision approval={approval} />
          </li>
        ))}
        {blocked.map(({ job_id, title, stats }) => (
          <li key={`blocked ${job_id}`}>
            <span className={classes.what}>
              <Link href={`/ui/jobs/${job_id}`}>{title}</Link> has {stats.blocked}{' '}
              {stats.blocked === 1 ? 'task' : 'tasks'} blocked
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
