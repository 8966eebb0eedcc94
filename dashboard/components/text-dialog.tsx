import { Button, Group, Modal, Stack, Textarea } from '@mantine/core';
import { type FormEvent, useState } from 'react';

/** A question that is answered with a text: why a plan is rejected, what an agent should do instead. */
export interface TextDialogProps {
  opened: boolean;
  title: string;
  label: string;
  /** what the button says */
  action: string;
  /** what stands there at first */
  initial?: string;
  /** whether it may be left empty */
  optional?: boolean;
  danger?: boolean;
  busy?: boolean;
  onClose(): void;
  onSubmit(text: string): void;
}

/** Asks for a text. The button, or Ctrl+Enter, sends it. */
export function TextDialog(props: TextDialogProps) {
  return (
    <Modal opened={props.opened} onClose={props.onClose} title={props.title} size="lg">
      {props.opened && <TextForm {...props} />}
    </Modal>
  );
}

function TextForm({
  label,
  action,
  initial = '',
  optional,
  danger,
  busy,
  onClose,
  onSubmit,
}: TextDialogProps) {
  const [text, setText] = useState(initial);
  const ready = optional || text.trim() !== '';
  const submit = (event?: FormEvent) => {
    event?.preventDefault();
    if (ready && !busy) onSubmit(text.trim());
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <Textarea
          label={label}
          autosize
          minRows={4}
          maxRows={18}
          data-autofocus
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) submit();
          }}
        />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Back
          </Button>
          <Button type="submit" color={danger ? 'red' : undefined} loading={busy} disabled={!ready}>
            {action}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
