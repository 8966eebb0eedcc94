import { Button, Group, Select, Text, Textarea } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import type { JobMessage } from '../../../contracts/message.ts';
import { clock } from '../../components/format.ts';
import { VirtualRows } from '../../components/virtual-rows.tsx';
import { api, dataOf, type Schemas } from '../../data/api.ts';
import { useCommand } from '../../data/command.ts';
import { useJobEvents } from '../../data/live-job.ts';
import classes from './job.module.css';

const ENDED = ['completed', 'failed', 'skipped', 'cancelled'];

/** What agents and operators write to each other, and a line to write to them. */
export function Messages({ job }: { job: Schemas['Job'] }) {
  const messages = useJobEvents(job.job_id).flatMap(({ type, data }) =>
    type === 'message' ? [data as JobMessage] : [],
  );
  return (
    <div style={{ display: 'flex', flexDirection: 'column', gap: 8, height: '100%' }}>
      <div style={{ flex: 1, minHeight: 0 }}>
        {messages.length === 0 ? (
          <Text c="dimmed">Nobody has written anything yet.</Text>
        ) : (
          <VirtualRows items={messages} keyOf={(message) => message.id} rowHeight={44} label="Messages" atEnd>
            {(message) => (
              <div className={classes.line}>
                <time className={classes.quiet} dateTime={message.created_at}>
                  {clock(message.created_at)}
                </time>
                <span className={classes.wrap} style={{ whiteSpace: 'pre-line' }}>
                  <strong>{message.metadata.from_task_id ?? message.from_agent}</strong> to{' '}
                  <strong>{message.to_agent ?? 'all'}</strong>
                  {message.kind !== 'message' && ` (${message.kind})`}
                  {'\n'}
                  {message.content}
                </span>
              </div>
            )}
          </VirtualRows>
        )}
      </div>
      <SendMessage job={job} />
    </div>
  );
}

/** Writes to one agent of the job, or to all. */
export function SendMessage({ job, to: fixed }: { job: Schemas['Job']; to?: string }) {
  const { job_id, tasks, finished_at } = job;
  const [to, setTo] = useState<string | null>(fixed ?? 'all');
  const [content, setContent] = useState('');
  const send = useCommand<{ to: string; content: string }>({
    job_id,
    done: 'Sent: it is read with the next turn',
    onDone: () => setContent(''),
    send: (body) =>
      dataOf(api.POST('/orchestrate/{job_id}/messages', { params: { path: { job_id } }, body })),
  });
  if (finished_at !== null) return null;
  const receivers = tasks.filter(({ status }) => !ENDED.includes(status)).map(({ task_id }) => task_id);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (to !== null && content.trim() !== '') send.run({ to, content: content.trim() });
  };
  return (
    <form onSubmit={submit}>
      <Group gap="xs" align="flex-end" wrap="wrap">
        {fixed === undefined && (
          <Select
            aria-label="To"
            searchable
            allowDeselect={false}
            data={['all', ...receivers]}
            value={to}
            onChange={setTo}
            w={160}
          />
        )}
        <Textarea
          aria-label="Message"
          placeholder="A message, read by the agent with its next turn"
          autosize
          minRows={1}
          maxRows={6}
          flex="1 1 200px"
          value={content}
          onChange={(event) => setContent(event.currentTarget.value)}
        />
        <Button type="submit" variant="default" loading={send.busy} disabled={content.trim() === ''}>
          Send
        </Button>
      </Group>
    </form>
  );
}
