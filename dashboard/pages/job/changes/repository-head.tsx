import { Button, CopyButton } from '@mantine/core';
import { visible } from '../../../../contracts/hidden-text.ts';
import { Facts } from '../../../components/facts.tsx';
import { count } from '../../../components/format.ts';
import { placeFacts } from '../../../components/repository/place-facts.tsx';
import { Printed } from '../../../components/repository/printed.tsx';
import classes from '../../../components/repository/repository.module.css';
import { Size } from '../../../components/repository/size.tsx';
import { CheckState } from '../../../components/repository/states.tsx';
import { WebLink } from '../../../components/repository/web-link.tsx';
import { shortSha, visibleName } from '../../../components/text/visible-name.ts';
import type { Schemas } from '../../../data/api.ts';
import { useFailedBase } from '../../../data/changes.ts';

type Repository = NonNullable<Schemas['Job']['repository']>;

interface Props {
  job_id: string;
  repository: Repository;
}

/** The repository of a job: what it started from, where its results are, what the check says of both, where they went. */
export function RepositoryHead({ job_id, repository }: Props) {
  const { base_sha, branch, head_sha, landed, check, delivered } = repository;
  return (
    <section aria-label="Repository">
      <Facts
        facts={[
          ...placeFacts(repository),
          [
            'Branch',
            <span key="branch" className={classes.line}>
              <code>{visibleName(branch)}</code>
              <Copy text={branch} />
              {head_sha !== null && landed > 0 && (
                <span>
                  at <code>{shortSha(head_sha)}</code>: {landed.toLocaleString('en')} landed,{' '}
                  {count(repository.files_changed, 'file')}
                </span>
              )}
              {landed > 0 ? <Size {...repository} /> : 'nothing has landed'}
            </span>,
          ],
          [
            'Check',
            base_sha === null ? null : check.command === null ? (
              'none: what merges lands'
            ) : (
              <CheckLine key="check" job_id={job_id} check={check} />
            ),
          ],
          ['Delivered', delivered && <DeliveredLine key="delivered" delivered={delivered} />],
        ]}
      />
    </section>
  );
}

function CheckLine({ job_id, check }: { job_id: string; check: Repository['check'] }) {
  const { command, base, status, log_ref } = check;
  const failed = useFailedBase(job_id);
  const log = base === 'failed' ? (failed?.log_ref ?? log_ref) : null;
  return (
    <span className={classes.line}>
      <code>{visible(command ?? '')}</code>
      <span>
        base: <CheckState check={base} />
        {failed && ` (${visibleName(failed.how)})`}
      </span>
      <span>
        branch: <CheckState check={status} />
      </span>
      {log !== null && <Printed job_id={job_id} sha256={log} what="what it printed on the base" />}
      {status === 'failed' && log_ref !== null && log_ref !== log && (
        <Printed job_id={job_id} sha256={log_ref} what="what it printed on the branch" />
      )}
    </span>
  );
}

function DeliveredLine({ delivered: { kind, ref, pull_request } }: { delivered: Schemas['Delivered'] }) {
  return (
    <span className={classes.line}>
      {kind === 'branch' ? 'as the branch' : 'pushed as'} <code>{visibleName(ref)}</code>
      {pull_request !== null && <WebLink url={pull_request} />}
    </span>
  );
}

function Copy({ text }: { text: string }) {
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => (
        <Button size="compact-xs" variant="default" aria-label="Copy the branch" onClick={copy}>
          {copied ? 'Copied' : 'Copy'}
        </Button>
      )}
    </CopyButton>
  );
}
