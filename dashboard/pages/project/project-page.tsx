import { Anchor, Button, Group, Spoiler, Text, Title } from '@mantine/core';
import { useMemo, useState } from 'react';
import { Link, useParams } from 'wouter';
import { Budget } from '../../components/budget.tsx';
import { Waiting } from '../../components/decision/waiting.tsx';
import { ago } from '../../components/format.ts';
import { JobActions } from '../../components/job/job-actions.tsx';
import { Notices } from '../../components/notices.tsx';
import { Page } from '../../components/page.tsx';
import { Reading } from '../../components/reading.tsx';
import { Status } from '../../components/status.tsx';
import Markdown from '../../components/text/markdown.tsx';
import { useNow } from '../../components/use-now.ts';
import { api, dataOf, type Schemas } from '../../data/api.ts';
import { useCommand } from '../../data/command.ts';
import { useApprovals } from '../../data/jobs.ts';
import { useProject, useProjectMessages } from '../../data/projects.ts';
import { askingIn } from './asking.ts';
import { Bus } from './bus.tsx';
import classes from './project.module.css';
import { Roster } from './roster.tsx';

/** A project as it runs: who does what, what they say to each other, and how to steer it. */
export default function ProjectPage() {
  const { id } = useParams<{ id: string }>();
  const messages = useProjectMessages(id);
  const project = useProject(id);
  return <Reading of={project}>{(data) => <ProjectView project={data} messages={messages} />}</Reading>;
}

interface Props {
  project: Schemas['Project'];
  messages: readonly Schemas['ProjectMessage'][];
}

function ProjectView({ project, messages }: Props) {
  const { id, title, agents, budget, needs_review } = project;
  const [about, setAbout] = useState<string | null>(null);
  const [to, setTo] = useState('all');
  const status = needs_review ? 'needs_review' : project.status;
  const approvals = useApprovals().data?.approvals ?? [];
  // what begins it is the button above
  const waiting = approvals.filter(
    ({ job_id, kind }) => job_id === id && !(kind === 'plan' && status === 'planning'),
  );
  const asking = useMemo(() => askingIn(messages), [messages]);
  const select = (agent_id: string | null) => {
    const next = agent_id === about ? null : agent_id;
    setAbout(next);
    setTo(next ?? 'all');
  };
  return (
    <Page
      title={title}
      beside={<Status status={status} />}
      actions={
        <>
          {status === 'planning' && <Start id={id} />}
          <JobActions job_id={id} status={status} budget={budget} what="project" />
        </>
      }
    >
      <Facts project={project} />
      <Notices why={project.reason} needs_review={needs_review} warnings={project.warnings} />
      <Waiting approvals={waiting} />
      {project.summary !== null && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
        <section className={classes.summary} aria-label="Result" tabIndex={0}>
          <Markdown>{project.summary}</Markdown>
        </section>
      )}
      <div className={classes.split}>
        <section className={classes.agents} aria-labelledby="agents">
          <Title order={2} id="agents">
            Agents
          </Title>
          <Roster agents={agents} asking={asking} selected={about} onSelect={select} />
        </section>
        <Bus
          project={project}
          messages={messages}
          about={about}
          onAll={() => select(null)}
          to={to}
          onTo={setTo}
        />
      </div>
    </Page>
  );
}

function Start({ id }: { id: string }) {
  const start = useCommand({
    job_id: id,
    done: 'Started: the boss sets to work',
    send: () => dataOf(api.POST('/projects/{id}/start', { params: { path: { id } }, body: {} })),
  });
  return (
    <Button loading={start.busy} onClick={() => start.run()}>
      Start
    </Button>
  );
}

function Facts({ project }: { project: Schemas['Project'] }) {
  const { id, goal, budget, created_at } = project;
  const now = useNow();
  return (
    <>
      <Group gap="lg" mb="xs" className={classes.facts}>
        <Budget budget={budget} />
        <span>{ago(created_at, now)}</span>
        <Anchor component={Link} href={`/ui/jobs/${id}`} size="sm">
          Tasks, transcripts and events
        </Anchor>
        <Anchor component={Link} href={`/ui/jobs/${id}/results`} size="sm">
          Results
        </Anchor>
        <span className={classes.id}>{id}</span>
      </Group>
      <Spoiler maxHeight={64} showLabel="Show the whole goal" hideLabel="Show less" mb="sm" fz="sm">
        <Text style={{ whiteSpace: 'pre-line', overflowWrap: 'anywhere' }}>{goal}</Text>
      </Spoiler>
    </>
  );
}
