import { Button, Group, Modal, Stack, Text, Textarea } from '@mantine/core';
import { useState } from 'react';
import { visible, visibleJson } from '../../../contracts/hidden-text.ts';
import type { Schemas } from '../../data/api.ts';
import { HiddenWarning } from '../text/hidden-warning.tsx';

interface Props {
  approval: Schemas['Approval'];
  opened: boolean;
  busy: boolean;
  onClose(): void;
  /** @param edited the arguments, where they are to be others */
  onAllow(edited: Record<string, unknown> | undefined): void;
}

/** Shows what an agent wants to call a tool with, and lets it be changed before it is allowed. */
export function ArgumentsDialog(props: Props) {
  return (
    <Modal opened={props.opened} onClose={props.onClose} title="The agent asks permission" size="lg">
      {props.opened && <Arguments {...props} />}
    </Modal>
  );
}

function Arguments({ approval, busy, onClose, onAllow }: Props) {
  const given = visibleJson(approval.arguments);
  const [text, setText] = useState(given);
  const parsed = parseObject(text);
  return (
    <Stack gap="sm">
      <HiddenWarning of={[approval.prompt, approval.arguments]} />
      <Text style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>{visible(approval.prompt)}</Text>
      <Textarea
        label="Arguments, as JSON"
        autosize
        minRows={4}
        maxRows={20}
        ff="monospace"
        value={text}
        error={parsed === undefined ? 'This is not a JSON object.' : undefined}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onClose}>
          Back
        </Button>
        <Button
          loading={busy}
          disabled={parsed === undefined}
          onClick={() => onAllow(text === given ? undefined : parsed)}
        >
          {text === given ? 'Allow' : 'Allow with these arguments'}
        </Button>
      </Group>
    </Stack>
  );
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
