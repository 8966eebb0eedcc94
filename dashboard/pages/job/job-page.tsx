import { Anchor, Drawer, Group, Tabs } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useCallback, useState } from 'react';
import { Link, useParams } from 'wouter';
import { visible } from '../../../contracts/hidden-text.ts';
import { Budget } from '../../components/budget.tsx';
import { Waiting } from '../../components/decision/waiting.tsx';
import { ago } from '../../components/format.ts';
import { JobActions } from '../../components/job/job-actions.tsx';
import { Notices } from '../../components/notices.tsx';
import { Page } from '../../components/page.tsx';
import { Progress } from '../../components/progress.tsx';
import { Reading } from '../../components/reading.tsx';
import { Status } from '../../components/status.tsx';
import { useNow } from '../../components/use-now.ts';
import { usePhone } from '../../components/use-phone.ts';
import type { Schemas } from '../../data/api.ts';
import { useJob, useJobApprovals, usePlan } from '../../data/jobs.ts';
import { useLiveJob } from '../../data/live-job.ts';
import { Changes } from './changes/changes.tsx';
import { EventLog } from './event-log.tsx';
import classes from './job.module.css';
import { JobGraph } from './job-graph.tsx';
import { Messages } from './messages.tsx';
import { TaskPanel } from './task/task-panel.tsx';
import { TaskList } from './task-list.tsx';
import { Timeline } from './timeline.tsx';

/** A job as it runs: what its tasks do, what waits for a person, what it costs, and how to steer it. */
export default function JobPage() {
  const { job_id } = useParams<{ job_id: string }>();
  useLiveJob(job_id);
  const job = useJob(job_id);
  return <Reading of={job}>{(data) => <JobView job={data} />}</Reading>;
}

function JobView({ job }: { job: Schemas['Job'] }) {
  const { job_id, title, status, error } = job;
  const [task_id, setTask] = useState<string | null>(null);
  const select = useCallback((id: string) => setTask((now) => (now === id ? null : id)), []);
  const approvals = useJobApprovals(job_id).data?.approvals ?? [];
  const narrow = useMediaQuery('(max-width: 62em)');
  const phone = usePhone();
  const task = job.tasks.find((one) => one.task_id === task_id);
  const [tab, setTab] = useState<string | null>(null);
  /** whose changes are shown; null: those of the whole job */
  const [changesOf, setChangesOf] = useState<string | null>(null);
  const showChanges = (id: string) => {
    setChangesOf(id);
    setTab('changes');
    if (narrow) setTask(null);
  };
  const panel = task && (
    <TaskPanel
      job={job}
      task={task}
      onClose={() => setTask(null)}
      onChanges={() => showChanges(task.task_id)}
    />
  );
  return (
    <Page
      title={title}
      beside={<Status status={status} partial={job.partial} />}
      actions={<JobActions job_id={job_id} status={status} budget={job.budget} what="job" />}
    >
      <Facts job={job} />
      <Notices
        why={error?.message ?? null}
        needs_review={status === 'needs_review'}
        meant={status !== 'failed' && status !== 'needs_review'}
        warnings={job.warnings}
      />
      <Waiting approvals={approvals} />
      <div className={classes.split}>
        <Tabs
          value={tab ?? (phone ? 'tasks' : 'graph')}
          onChange={setTab}
          keepMounted={false}
          className={classes.tabs}
        >
          <Tabs.List>
            {!phone && <Tabs.Tab value="graph">Graph</Tabs.Tab>}
            <Tabs.Tab value="tasks">Tasks</Tabs.Tab>
            {job.repository && <Tabs.Tab value="changes">Changes</Tabs.Tab>}
            <Tabs.Tab value="timeline">Timeline</Tabs.Tab>
            <Tabs.Tab value="messages">Messages</Tabs.Tab>
            <Tabs.Tab value="events">Events</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="graph" className={classes.panel}>
            <JobGraph job={job} selected={task_id} onSelect={select} />
          </Tabs.Panel>
          <Tabs.Panel value="tasks" className={classes.panel}>
            <TaskList tasks={job.tasks} selected={task_id} onSelect={select} />
          </Tabs.Panel>
          <Tabs.Panel value="changes" className={classes.panel}>
            <Changes job={job} task_id={changesOf} onTask={setChangesOf} onSelect={select} />
          </Tabs.Panel>
          <Tabs.Panel value="timeline" className={classes.panel}>
            <Timeline job={job} onSelect={select} />
          </Tabs.Panel>
          <Tabs.Panel value="messages" className={classes.panel}>
            <Messages job={job} />
          </Tabs.Panel>
          <Tabs.Panel value="events" className={classes.panel}>
            <EventLog job_id={job_id} />
          </Tabs.Panel>
        </Tabs>
        {!narrow && panel && <aside className={classes.side}>{panel}</aside>}
      </div>
      {narrow && (
        <Drawer
          opened={task !== undefined}
          onClose={() => setTask(null)}
          position="bottom"
          size="85%"
          title={visible(task?.title ?? '')}
        >
          {panel}
        </Drawer>
      )}
    </Page>
  );
}

function Facts({ job }: { job: Schemas['Job'] }) {
  const now = useNow();
  const { ui_url } = job.temporal;
  const plan = usePlan(job.job_id, 'latest', job.plan_version !== null).data;
  return (
    <Group gap="lg" mb="sm" className={classes.facts}>
      <Progress stats={job.stats} />
      <Budget budget={job.budget} forecast={plan?.forecast} />
      <span>
        {job.owner} · {ago(job.created_at, now)}
      </span>
      {job.plan_version !== null && (
        <Anchor component={Link} href={`/ui/jobs/${job.job_id}/plan`} size="sm">
          Plan, version {job.plan_version}
        </Anchor>
      )}
      <Anchor component={Link} href={`/ui/jobs/${job.job_id}/results`} size="sm">
        Results
      </Anchor>
      <Anchor component={Link} href={`/ui/jobs/${job.job_id}/webhooks`} size="sm">
        Webhooks
      </Anchor>
      {job.strategy === 'boss' && (
        <Anchor component={Link} href={`/ui/projects/${job.job_id}`} size="sm">
          Project
        </Anchor>
      )}
      {ui_url !== null && (
        <Anchor href={ui_url} target="_blank" rel="noreferrer" size="sm">
          Temporal Web UI
        </Anchor>
      )}
      <span className={classes.id}>{job.job_id}</span>
    </Group>
  );
}
