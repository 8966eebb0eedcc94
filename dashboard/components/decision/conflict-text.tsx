import { Text } from '@mantine/core';
import type { Schemas } from '../../data/api.ts';
import { MoreRows, useMoreRows } from '../more-rows.tsx';
import { Printed } from '../repository/printed.tsx';
import classes from '../repository/repository.module.css';
import { HiddenWarning } from '../text/hidden-warning.tsx';
import { visibleName } from '../text/visible-name.ts';

/** Work that does not merge: in which files, at which places, and how a person brings it together. */
export function ConflictText({ approval }: { approval: Schemas['Approval'] }) {
  const { job_id, task_id, prompt, arguments: given } = approval;
  const files = Array.isArray(given?.files) ? given.files.map(String) : [];
  const shown = useMoreRows(files, 10);
  const place = `${job_id} --task ${task_id}`;
  return (
    <>
      {visibleName(prompt.trim().split('\n')[0] ?? '')}
      <HiddenWarning of={[prompt, given]} />
      <Text c="dimmed" mt={4}>
        It changes the same places as work that has landed before it:
      </Text>
      <ul style={{ margin: '2px 0 4px', paddingLeft: 18 }}>
        {[...new Set(shown.shown)].map((file) => (
          <li key={file}>
            <code className={classes.code}>{visibleName(file)}</code>
          </li>
        ))}
      </ul>
      <MoreRows of={shown} />
      {typeof given?.hunks_ref === 'string' && (
        <span className={classes.line}>
          <Printed job_id={job_id} sha256={given.hunks_ref} what="the places" />
        </span>
      )}
      <Text c="dimmed" mt={4}>
        To bring them together yourself, in a clone of the repository:
      </Text>
      <pre className={classes.commands}>{`orchestrator fetch ${place}\norchestrator push ${place}`}</pre>
    </>
  );
}
