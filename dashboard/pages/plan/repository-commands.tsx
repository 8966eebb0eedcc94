import { Alert, Text } from '@mantine/core';
import { visible } from '../../../contracts/hidden-text.ts';
import { Facts } from '../../components/facts.tsx';
import { placeFacts } from '../../components/repository/place-facts.tsx';
import { Printed } from '../../components/repository/printed.tsx';
import classes from '../../components/repository/repository.module.css';
import { CheckState } from '../../components/repository/states.tsx';
import { HiddenWarning } from '../../components/text/hidden-warning.tsx';
import { visibleName } from '../../components/text/visible-name.ts';
import type { Schemas } from '../../data/api.ts';
import { useFailedBase } from '../../data/changes.ts';
import { useJob } from '../../data/jobs.ts';

const FROM: Record<Schemas['RepositoryCommand']['source'], string> = {
  submission: 'as submitted',
  file: 'from .orchestrator.yaml',
  found: 'found in the repository',
  none: '',
};

/** What an approval lets run in the repository besides the tasks, and whether the check passes on the base. */
export function RepositoryCommands({ job }: { job: Schemas['Job'] }) {
  const { job_id, repository, finished_at } = job;
  const base = repository?.check.base;
  // that the check begins is no event
  useJob(job_id, { again: finished_at === null && (base === 'pending' || base === 'running') });
  if (!repository) return null;
  const { base_sha, setup, check, lock } = repository;
  // they are looked for in the base
  const isKnown = base_sha !== null;
  return (
    <section aria-label="Repository">
      <HiddenWarning of={[repository]} />
      <Facts
        facts={[
          ...placeFacts(repository),
          ['Setup', isKnown ? <CommandLine key="setup" command={setup} /> : null],
          ['Check', isKnown ? <CommandLine key="check" command={check} /> : null],
          ['Lock files', isKnown ? <CommandLine key="lock" command={lock} /> : null],
          ['Check of base', isKnown ? <CheckState key="base-check" check={check.base} /> : null],
        ]}
      />
      <FailedBase job_id={job_id} repository={repository} />
      <Text c="dimmed" mt={4} mb="xs">
        {repository.sandbox && SANDBOX[repository.sandbox]}
      </Text>
    </section>
  );
}

function CommandLine({ command: { command, source } }: { command: Schemas['RepositoryCommand'] }) {
  if (command === null) return <>none{source === 'none' ? '' : `, ${FROM[source]}`}</>;
  return (
    <span className={classes.line}>
      <code>{visible(command)}</code>
      <Text span c="dimmed">
        {FROM[source]}
      </Text>
    </span>
  );
}

function FailedBase(props: { job_id: string; repository: NonNullable<Schemas['Job']['repository']> }) {
  const { job_id, repository } = props;
  const { base, log_ref } = repository.check;
  const failed = useFailedBase(job_id);
  if (base !== 'failed') return null;
  const log = failed?.log_ref ?? log_ref;
  return (
    <Alert color="yellow" variant="outline" p="xs" mt="xs" role="alert">
      <span className={classes.line}>
        The check fails on {visibleName(repository.base_branch ?? 'the base')} itself
        {failed && ` (${visibleName(failed.how)})`}: nothing lands before some work mends that.
        {log !== null && <Printed job_id={job_id} sha256={log} what="what it printed" />}
      </span>
    </Alert>
  );
}

const SANDBOX: Record<'bubblewrap' | 'none', string> = {
  bubblewrap: 'These commands run in a sandbox.',
  none: 'There is no sandbox: these commands run as the user of the worker.',
};
