import { Text } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { visible, visibleJson } from '../../../../contracts/hidden-text.ts';
import { screenText } from '../../../../contracts/screen-text.ts';
import { count } from '../../../components/format.ts';
import type { Schemas } from '../../../data/api.ts';
import { useTaskText } from '../../../data/live-job.ts';
import { useLogs } from '../../../data/task-reads.ts';
import classes from './task.module.css';

/** A task's output while it runs, and its result when it has ended. */
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
        <Text c="dimmed">{runs ? 'No output yet.' : 'No output.'}</Text>
      ) : (
        <Scrolling text={visible(screenText(text).slice(-SHOWN))} follow={runs} />
      )}
      {task.outputs !== null && (
        <>
          <Text c="dimmed" mt="xs">
            Outputs
          </Text>
          <Scrolling text={visibleJson(task.outputs)} follow={false} />
        </>
      )}
      {task.warnings?.map((warning) => (
        <Text key={warning} c="orange" mt="xs">
          {warning}
        </Text>
      ))}
      {task.artifacts_left_out.length > 0 && (
        <Text c="dimmed" mt="xs">
          {count(task.artifacts_left_out.length, 'file')} left out of the artifacts.
        </Text>
      )}
    </>
  );
}

/** Characters of an output that are shown, from its end: more would make the page slow. */
const SHOWN = 100_000;

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
