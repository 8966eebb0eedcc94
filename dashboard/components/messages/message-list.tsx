import { Text } from '@mantine/core';
import { useCallback, useState } from 'react';
import type { JobMessage } from '../../../contracts/message.ts';
import { clock } from '../format.ts';
import { VirtualRows } from '../virtual-rows.tsx';
import classes from './messages.module.css';

interface Props {
  messages: readonly JobMessage[];
  /** who wrote it, as it is shown */
  senderOf(message: JobMessage): string;
  /** what stands there while there are none */
  empty: string;
}

/** Characters of a message that are shown at first. */
const SHOWN = 700;

/** What agents and people wrote to each other, oldest first, the newest in sight. */
export function MessageList({ messages, senderOf, empty }: Props) {
  const [whole, setWhole] = useState<ReadonlySet<string>>(new Set());
  const showWhole = useCallback((id: string) => setWhole((before) => new Set([...before, id])), []);
  if (messages.length === 0) return <Text c="dimmed">{empty}</Text>;
  return (
    <VirtualRows items={messages} keyOf={(message) => message.id} rowHeight={44} label="Messages" atEnd>
      {(message) => (
        <div className={classes.message}>
          <time className={classes.at} dateTime={message.created_at}>
            {clock(message.created_at)}
          </time>
          <span className={classes.said}>
            <strong>{senderOf(message)}</strong> to <strong>{message.to_agent ?? 'all'}</strong>
            {message.kind !== 'message' && (
              <span className={classes.kind} data-kind={message.kind}>
                {' '}
                {kindOf(message)}
              </span>
            )}
            <Content message={message} whole={whole.has(message.id)} onWhole={showWhole} />
          </span>
        </div>
      )}
    </VirtualRows>
  );
}

function Content(props: { message: JobMessage; whole: boolean; onWhole(id: string): void }) {
  const { id, content } = props.message;
  const cut = !props.whole && content.length > SHOWN;
  return (
    <>
      <span className={classes.content}>{cut ? `${content.slice(0, SHOWN)}…` : content}</span>
      {cut && (
        <button type="button" className={classes.more} onClick={() => props.onWhole(id)}>
          Show all
        </button>
      )}
    </>
  );
}

/** What kind it is, of progress and results with the word that came along. */
function kindOf({ kind, metadata: { status } }: JobMessage): string {
  const tells = kind === 'progress' && status !== undefined && status !== 'working';
  return tells ? `${kind}, ${status}` : kind;
}
