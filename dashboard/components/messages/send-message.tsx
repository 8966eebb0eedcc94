import { Button, Group, Select, Textarea } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useCommand } from '../../data/command.ts';

interface Props {
  /** the job or project that it is said in */
  job_id: string;
  /** whom it is written to: one of the receivers, or `all` */
  to: string;
  receivers?: readonly string[];
  /** left out: nobody else can be chosen */
  onTo?(to: string): void;
  send(message: { to: string; content: string }): Promise<unknown>;
}

/** A line to write to an agent, or to all. */
export function SendMessage({ job_id, to, receivers = [], onTo, send }: Props) {
  const [content, setContent] = useState('');
  const { run, busy } = useCommand<{ to: string; content: string }>({
    job_id,
    done: 'Sent; the agent reads it on its next turn',
    onDone: () => setContent(''),
    send,
  });
  const submit = (event?: FormEvent) => {
    event?.preventDefault();
    const text = content.trim();
    if (text !== '' && !busy) run({ to, content: text });
  };
  return (
    <form onSubmit={submit}>
      <Group gap="xs" align="flex-end" wrap="wrap">
        {onTo && (
          <Select
            aria-label="To"
            searchable
            allowDeselect={false}
            data={['all', ...receivers]}
            value={to}
            onChange={(value) => onTo(value ?? 'all')}
            w={160}
          />
        )}
        <Textarea
          aria-label="Message"
          placeholder="A message, read by the agent on its next turn"
          autosize
          minRows={1}
          maxRows={6}
          flex="1 1 200px"
          value={content}
          onChange={(event) => setContent(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) submit();
          }}
        />
        <Button type="submit" variant="default" loading={busy} disabled={content.trim() === ''}>
          Send
        </Button>
      </Group>
    </form>
  );
}
