import { Anchor, Text, Title } from '@mantine/core';
import { Link, useParams } from 'wouter';
import { ArtifactLine } from '../../components/artifact/artifact-line.tsx';
import { Page } from '../../components/page.tsx';
import { Reading } from '../../components/reading.tsx';
import { Dot, Status, type Tone } from '../../components/status.tsx';
import Markdown from '../../components/text/markdown.tsx';
import type { Schemas } from '../../data/api.ts';
import { useArtifacts } from '../../data/artifacts.ts';
import { useJob } from '../../data/jobs.ts';
import { useLiveJob } from '../../data/live-job.ts';
import { useReport } from '../../data/report.ts';
import { Compare } from './compare.tsx';
import { Cost } from './cost.tsx';
import classes from './results.module.css';

const TONE: Record<string, Tone> = { met: 'good', unmet: 'bad', unverified: 'off' };

/** What came of a job: the report, the criteria with verdict and evidence, the artifacts, the cost, an earlier job beside it. */
export default function ResultsPage() {
  const { job_id } = useParams<{ job_id: string }>();
  useLiveJob(job_id);
  return <Reading of={useJob(job_id)}>{(job) => <Results job={job} />}</Reading>;
}

function Results({ job }: { job: Schemas['Job'] }) {
  const { job_id, title, status, criteria, partial } = job;
  const report = useReport(job);
  const artifacts = useArtifacts(job_id);
  return (
    <Page
      title={title}
      beside={<Status status={status} partial={partial} />}
      actions={
        <Anchor component={Link} href={`/ui/jobs/${job_id}`} size="sm">
          View job
        </Anchor>
      }
    >
      <section className={classes.report} aria-label="Report">
        <Reading of={report}>
          {(text) =>
            text === null ? <Text c="dimmed">There is no report yet.</Text> : <Markdown>{text}</Markdown>
          }
        </Reading>
      </section>
      {criteria.length > 0 && (
        <section aria-label="Acceptance criteria">
          <Title order={2}>Acceptance criteria</Title>
          <ul className={classes.list}>
            {criteria.map(({ criterion_id, text, verdict, evidence }) => (
              <li key={criterion_id}>
                <Dot tone={TONE[verdict] ?? 'off'} /> <b>{verdict}</b> {text}
                {evidence !== null && <Text c="dimmed">{evidence}</Text>}
              </li>
            ))}
          </ul>
        </section>
      )}
      <section aria-label="Artifacts">
        <Title order={2}>Artifacts</Title>
        <Reading of={artifacts}>
          {(list) =>
            list.artifacts.length === 0 ? (
              <Text c="dimmed">The tasks produced none.</Text>
            ) : (
              <ul className={classes.list}>
                {list.artifacts.map((artifact) => (
                  <ArtifactLine key={artifact.artifact_id} job_id={job_id} artifact={artifact} />
                ))}
              </ul>
            )
          }
        </Reading>
      </section>
      <Cost job={job} />
      <Compare job={job} />
    </Page>
  );
}
