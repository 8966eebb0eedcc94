import { Text } from '@mantine/core';
import { useEffect, useRef } from 'react';
import type { Schemas } from '../../../data/api.ts';
import { useTaskText } from '../../../data/live-job.ts';
import { useLogs } from '../../../data/task-reads.ts';
import classes from './task.module.css';

/** What a task says while it runs, and what came of it when it has ended. */
export function TaskOutput({ job_id, task }: { job_id: string; task: Schemas['TaskView'] }) {
  const live = useTaskText(job_id, task.task_id);
  const runs = task.status === 'running';
  const isCommand = task.agent === 'command';
  const logs = useLogs(job_id, task.task_id, { enabled: isCommand && task.attempt > 0, again: runs });
  const printed = logs.data?.lines.map(({ text }) => text).join('\n') ?? '';
  // what is live comes at once, but lacks what was said before somebody looked
  const sofar = live.length > printed.length ? live : printed;
  const text = runs ? sofar : printed || task.output_preview || live;
  return (
    <>
      {text === '' ? (
        <Text c="dimmed">{runs ? 'It has not said anything yet.' : 'There is no output.'}</Text>
      ) : (
        <Scrolling text={text} follow={runs} />
      )}
      {task.outputs !== null && (
        <>
          <Text c="dimmed" mt="xs">
            Outputs
          </Text>
          <Scrolling text={JSON.stringify(task.outputs, null, 2)} follow={false} />
        </>
      )}
      {task.artifacts_left_out.length > 0 && (
        <Text c="dimmed" mt="xs">
          {task.artifacts_left_out.length} files were left out of the artifacts.
        </Text>
      )}
    </>
  );
}

function Scrolling({ text, follow }: { text: string; follow: boolean }) {
  const frame = useRef<HTMLPreElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: it scrolls because there is more text
  useEffect(() => {
    if (follow && frame.current) frame.current.scrollTop = frame.current.scrollHeight;
  }, [text, follow]);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <pre className={classes.text} ref={frame} tabIndex={0}>
      {text}
    </pre>
  );
}
