import { Button } from '@mantine/core';
import { Facts } from '../../../components/facts.tsx';
import { count } from '../../../components/format.ts';
import { Printed } from '../../../components/repository/printed.tsx';
import classes from '../../../components/repository/repository.module.css';
import { Size } from '../../../components/repository/size.tsx';
import { MergeState } from '../../../components/repository/states.tsx';
import { shortSha, visibleName } from '../../../components/text/visible-name.ts';
import type { Schemas } from '../../../data/api.ts';
import { useTakenBack } from '../../../data/changes.ts';

interface Props {
  job_id: string;
  task: Schemas['TaskView'];
  onChanges(): void;
}

/** A task's work in the repository: whether it has landed, what it is, and what the check said where it was taken back. */
export function TaskWork({ job_id, task, onChanges }: Props) {
  const taken = useTakenBack(job_id).find(({ task_id }) => task_id === task.task_id);
  const work = task.repository;
  if (!work) return null;
  const { merge, merge_sha, commits, files_changed, ignored_files, conflict_files = [] } = work;
  return (
    <section aria-label={`Work of ${task.task_id} in the repository`}>
      <Facts
        facts={[
          [
            'Merge',
            <span key="merge" className={classes.line}>
              {merge === 'landed' && merge_sha === null ? 'it changed nothing' : <MergeState merge={merge} />}
              {merge_sha !== null && (
                <>
                  in <code>{shortSha(merge_sha)}</code>
                </>
              )}
            </span>,
          ],
          ['Conflict', conflict_files.length === 0 ? null : conflict_files.map(visibleName).join(', ')],
          [
            'Changes',
            files_changed === 0 ? null : (
              <span key="changes" className={classes.line}>
                {count(commits, 'commit')}, {count(files_changed, 'file')}
                <Size {...work} />
                <Button size="compact-xs" variant="default" onClick={onChanges}>
                  Show its changes
                </Button>
              </span>
            ),
          ],
          [
            'Left out',
            ignored_files === 0 ? null : `${count(ignored_files, 'file')} that the repository ignores`,
          ],
          [
            'Taken back',
            taken ? (
              <span key="taken" className={classes.line}>
                {taken.attempt !== null && `attempt ${taken.attempt}: `}
                {visibleName(taken.how)}
                {taken.log_ref !== null && (
                  <Printed job_id={job_id} sha256={taken.log_ref} what="what the check printed" />
                )}
              </span>
            ) : null,
          ],
        ]}
      />
    </section>
  );
}
