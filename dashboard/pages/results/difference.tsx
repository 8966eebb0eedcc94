import { Anchor, Button, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useMemo, useState } from 'react';
import { Link } from 'wouter';
import { isText } from '../../components/artifact/preview.tsx';
import { DiffLines } from '../../components/diff-lines.tsx';
import { duration, usd } from '../../components/format.ts';
import { Reading } from '../../components/reading.tsx';
import { Status } from '../../components/status.tsx';
import { diffTexts } from '../../components/text-diff.ts';
import type { Schemas } from '../../data/api.ts';
import { readContent, useArtifacts } from '../../data/artifacts.ts';
import { useReport } from '../../data/report.ts';
import { type ArtifactPair, compareArtifacts, pairVerdicts } from './comparison.ts';
import classes from './results.module.css';

type Job = Schemas['Job'];

interface Props {
  job: Job;
  earlier: Job;
}

/** Two jobs side by side: how they ended, what they took and cost, verdicts, artifacts and reports. */
export function Difference({ job, earlier }: Props) {
  const facts: [string, (job: Job) => ReactNode][] = [
    ['Status', ({ status, partial }) => <Status status={status} partial={partial} />],
    ['Begun', ({ created_at }) => new Date(created_at).toLocaleString()],
    ['Took', took],
    ['Cost', ({ budget }) => usd(budget.spent_usd)],
    ['Tasks completed', ({ stats }) => `${stats.completed} of ${stats.total}`],
  ];
  return (
    <>
      <Table className={classes.table} aria-label="Side by side">
        <Table.Thead>
          <Table.Tr>
            <Table.Td />
            <Table.Th scope="col">This job</Table.Th>
            <Table.Th scope="col">
              <Anchor component={Link} href={`/ui/jobs/${earlier.job_id}/results`} size="sm">
                {earlier.title === job.title ? 'The earlier one' : earlier.title}
              </Anchor>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {facts.map(([name, of]) => (
            <Row key={name} name={name} here={of(job)} there={of(earlier)} />
          ))}
          {pairVerdicts(job.criteria, earlier.criteria).map((pair) => (
            <Row
              key={pair.text}
              name={pair.text}
              here={pair.here ?? 'not asked'}
              there={pair.there ?? 'not asked'}
            />
          ))}
        </Table.Tbody>
      </Table>
      <Title order={3}>Report</Title>
      <Reports job={job} earlier={earlier} />
      <Title order={3}>Artifacts</Title>
      <Artifacts job={job} earlier={earlier} />
    </>
  );
}

function Row({ name, here, there }: { name: string; here: ReactNode; there: ReactNode }) {
  return (
    <Table.Tr>
      <Table.Th scope="row">{name}</Table.Th>
      <Table.Td>{here}</Table.Td>
      <Table.Td>{there}</Table.Td>
    </Table.Tr>
  );
}

function Reports({ job, earlier }: Props) {
  const [ours, theirs] = [useReport(job), useReport(earlier)];
  return (
    <Reading of={ours}>
      {(after) => (
        <Reading of={theirs}>
          {(before) => (
            <TextDifference before={before ?? ''} after={after ?? ''} label="Difference of the reports" />
          )}
        </Reading>
      )}
    </Reading>
  );
}

function Artifacts({ job, earlier }: Props) {
  const [ours, theirs] = [useArtifacts(job.job_id), useArtifacts(earlier.job_id)];
  return (
    <Reading of={ours}>
      {(after) => (
        <Reading of={theirs}>
          {(before) => {
            const { differ, same } = compareArtifacts(
              besideReport(job, after),
              besideReport(earlier, before),
            );
            return (
              <>
                <ul className={classes.list}>
                  {differ.map((pair) => (
                    <ArtifactDifference
                      key={`${pair.task_id} ${pair.name}`}
                      job={job}
                      earlier={earlier}
                      pair={pair}
                    />
                  ))}
                </ul>
                <Text c="dimmed">
                  {differ.length === 0 && same === 0
                    ? 'None.'
                    : `${same} ${same === 1 ? 'is' : 'are'} the same.`}
                </Text>
              </>
            );
          }}
        </Reading>
      )}
    </Reading>
  );
}

function ArtifactDifference({ job, earlier, pair }: Props & { pair: ArtifactPair }) {
  const { task_id, name } = pair;
  const [open, setOpen] = useState(false);
  const kind =
    pair.here === null ? 'only the earlier one' : pair.there === null ? 'only this job' : 'differs';
  const bothText = pair.here !== null && pair.there !== null && isText(pair.here) && isText(pair.there);
  return (
    <li>
      <b>{name}</b>{' '}
      <Text span c="dimmed">
        {task_id ?? 'the job'} · {kind}
      </Text>{' '}
      {bothText && (
        <Button
          size="compact-xs"
          variant="default"
          aria-expanded={open}
          aria-label={`${open ? 'Hide' : 'Show'} the difference of ${name}`}
          onClick={() => setOpen(!open)}
        >
          {open ? 'Hide' : 'Show'}
        </Button>
      )}
      {open && bothText && <Contents job={job} earlier={earlier} pair={pair} />}
    </li>
  );
}

/** Bytes of a text that are compared. */
const COMPARED = 500_000;

function Contents({ job, earlier, pair }: Props & { pair: ArtifactPair }) {
  const textOf = async ({ job_id }: Job, artifact: Schemas['Artifact'] | null) =>
    artifact === null ? '' : (await readContent(job_id, artifact.artifact_id)).slice(0, COMPARED).text();
  const texts = useQuery({
    queryKey: ['texts', pair.here?.artifact_id, pair.there?.artifact_id],
    queryFn: () => Promise.all([textOf(earlier, pair.there), textOf(job, pair.here)]),
  });
  return (
    <Reading of={texts}>
      {([before, after]) => (
        <>
          {[pair.there, pair.here].some((artifact) => (artifact?.size_bytes ?? 0) > COMPARED) && (
            <Text c="dimmed">
              Of long texts only the first {COMPARED.toLocaleString('en')} bytes are compared.
            </Text>
          )}
          <TextDifference before={before} after={after} label={`Difference of ${pair.name}`} />
        </>
      )}
    </Reading>
  );
}

function TextDifference({ before, after, label }: { before: string; after: string; label: string }) {
  const lines = useMemo(() => diffTexts(before, after), [before, after]);
  return lines.length === 0 ? (
    <Text c="dimmed">No line differs.</Text>
  ) : (
    <DiffLines lines={lines} label={label} />
  );
}

const besideReport = ({ synthesis_artifact_id }: Job, { artifacts }: Schemas['Artifacts']) =>
  artifacts.filter(({ artifact_id }) => artifact_id !== synthesis_artifact_id);

const took = ({ created_at, finished_at }: Job): string =>
  finished_at === null
    ? 'not ended yet'
    : duration((Date.parse(finished_at) - Date.parse(created_at)) / 1000);
