import { Text } from '@mantine/core';
import { visible, visibleJson } from '../../../../contracts/hidden-text.ts';
import { MoreRows, useMoreRows } from '../../../components/more-rows.tsx';
import { Reading } from '../../../components/reading.tsx';
import type { Schemas } from '../../../data/api.ts';
import { useTranscript } from '../../../data/task-reads.ts';
import classes from './task.module.css';

type Block = Schemas['Transcript']['messages'][number]['content'][number];

/** What the agent of a task said and did, turn by turn. */
export function Transcript({ job_id, task }: { job_id: string; task: Schemas['TaskView'] }) {
  const transcript = useTranscript(job_id, task.task_id, task.attempt > 0);
  if (task.attempt === 0) return <Text c="dimmed">It has not started.</Text>;
  return (
    <Reading of={transcript}>
      {(messages) =>
        messages.length === 0 ? (
          <Text c="dimmed">
            No transcript: this agent does not work in turns, or has not finished one yet.
          </Text>
        ) : (
          <Turns messages={messages} />
        )
      }
    </Reading>
  );
}

/** Turns that are shown at first. */
const SHOWN = 100;

function Turns({ messages }: { messages: Schemas['Transcript']['messages'] }) {
  const rows = useMoreRows(messages, SHOWN);
  return (
    <>
      {rows.shown.map(({ number, role, content }) => (
        <article key={number} className={classes.turn} data-role={role}>
          <div className={classes.who}>
            {number} · {role === 'assistant' ? 'agent' : 'orchestrator and tools'}
          </div>
          {content.map((block, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the blocks of a message never change places
            <BlockText key={index} block={block} />
          ))}
        </article>
      ))}
      <MoreRows of={rows} />
    </>
  );
}

function BlockText({ block }: { block: Block }) {
  if (block.type === 'text') return <Text className={classes.prose}>{visible(block.text)}</Text>;
  if (block.type === 'tool_use') {
    return (
      <details>
        <summary>
          calls <code>{block.name}</code>
        </summary>
        <pre className={classes.text}>{visibleJson(block.input)}</pre>
      </details>
    );
  }
  if (block.type === 'tool_result') {
    return (
      <details open={block.is_error}>
        <summary>{block.is_error ? 'the tool failed' : 'the tool answers'}</summary>
        <pre className={classes.text}>{visible(block.content)}</pre>
      </details>
    );
  }
  return null;
}
