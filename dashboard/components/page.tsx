import { Group, Title } from '@mantine/core';
import { type ReactNode, useEffect } from 'react';
import { visible } from '../../contracts/hidden-text.ts';

/** A page: its title, which names the tab too, what can be done with the whole of it, and its content. */
export function Page(props: { title: string; beside?: ReactNode; actions?: ReactNode; children: ReactNode }) {
  const { beside, actions, children } = props;
  const title = visible(props.title);
  useEffect(() => {
    document.title = `${title} · Orchestrator`;
  }, [title]);
  return (
    <>
      <Group justify="space-between" mb="sm" gap="xs">
        <Group gap="sm" miw={0}>
          <Title order={1} style={{ overflowWrap: 'anywhere' }}>
            {title}
          </Title>
          {beside}
        </Group>
        {actions !== undefined && <Group gap={6}>{actions}</Group>}
      </Group>
      {children}
    </>
  );
}
