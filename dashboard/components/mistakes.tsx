import { Text } from '@mantine/core';
import type { FieldIssue } from '../../contracts/error.ts';

const SHOWN = 12;

/** What is wrong with what is to be submitted, by field; said aloud as it changes. */
export function Mistakes({ mistakes }: { mistakes: readonly FieldIssue[] }) {
  return (
    <div role="status" aria-live="polite">
      {mistakes.length === 0 ? (
        <Text c="dimmed">Every field is valid.</Text>
      ) : (
        <>
          <Text fw={550}>Fix these problems</Text>
          <ul style={{ margin: '4px 0 0', paddingLeft: 18 }}>
            {mistakes.slice(0, SHOWN).map(({ path, task_id, issue }) => (
              <li key={`${path} ${issue}`}>
                <Text span>
                  {path !== '' && <code>{path}</code>} {task_id !== undefined && `(task ${task_id}) `}
                  {issue}
                </Text>
              </li>
            ))}
          </ul>
          {mistakes.length > SHOWN && <Text c="dimmed">and {mistakes.length - SHOWN} more</Text>}
        </>
      )}
    </div>
  );
}
