import { Anchor, Text } from '@mantine/core';
import { Link } from 'wouter';
import { Page } from '../components/page.tsx';

/** An address that is none of ours. */
export function NotFound() {
  return (
    <Page title="There is no such page">
      <Text>
        Go to{' '}
        <Anchor component={Link} href="/">
          the jobs
        </Anchor>
        .
      </Text>
    </Page>
  );
}
