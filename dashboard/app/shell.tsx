import { Alert, AppShell, Badge, Burger, Group, Loader, NavLink, ScrollArea, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Suspense } from 'react';
import { Link, Route, Switch, useLocation } from 'wouter';
import { useConnection } from '../data/connection.ts';
import { useFeed } from '../data/feed.ts';
import { useApprovals } from '../data/jobs.ts';
import { ColorScheme } from './color-scheme.tsx';
import { NAVIGATION } from './navigation.ts';
import { NotFound } from './not-found.tsx';
import { PageBoundary } from './page-boundary.tsx';
import { ROUTES } from './routes.ts';
import { SignOut } from './sign-out.tsx';

/** Navigation beside the page that the address names. Below 768 px the navigation is behind a button. */
export function Shell() {
  useFeed();
  const [opened, { toggle, close }] = useDisclosure();
  const [location] = useLocation();
  const { lost } = useConnection();
  const waiting = useApprovals().data?.approvals.length ?? 0;
  return (
    <AppShell
      header={{ height: { base: 44, sm: 0 } }}
      navbar={{ width: 176, breakpoint: 'sm', collapsed: { mobile: !opened } }}
      padding={{ base: 'xs', sm: 'md' }}
    >
      <AppShell.Header hiddenFrom="sm">
        <Group h="100%" px="xs" gap="xs">
          <Burger opened={opened} onClick={toggle} size="sm" aria-label="Navigation" />
          <Text fw={600}>Orchestrator</Text>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" component="nav" aria-label="Pages">
        <Text fw={600} px="xs" py={6} visibleFrom="sm">
          Orchestrator
        </Text>
        <AppShell.Section grow component={ScrollArea}>
          {NAVIGATION.map(({ label, path }) => (
            <NavLink
              key={path}
              component={Link}
              href={path}
              label={label}
              active={isCurrent(path, location)}
              aria-current={isCurrent(path, location) ? 'page' : undefined}
              onClick={close}
              rightSection={
                path === '/' && waiting > 0 ? (
                  <Badge size="sm" circle={waiting < 10} aria-label={`${waiting} waiting for you`}>
                    {waiting}
                  </Badge>
                ) : undefined
              }
            />
          ))}
        </AppShell.Section>
        <AppShell.Section>
          <ColorScheme />
          <SignOut />
        </AppShell.Section>
      </AppShell.Navbar>
      <AppShell.Main>
        {lost && (
          <Alert color="orange" variant="outline" mb="xs" p="xs" role="status">
            The service does not answer. This page shows the last known state, and updates by itself when the
            service is back.
          </Alert>
        )}
        <PageBoundary key={location}>
          <Suspense fallback={<Loader size="sm" aria-label="Loading" />}>
            <Switch>
              {ROUTES.map(({ path, page }) => (
                <Route key={path} path={path} component={page} />
              ))}
              <Route component={NotFound} />
            </Switch>
          </Suspense>
        </PageBoundary>
      </AppShell.Main>
    </AppShell>
  );
}

const isCurrent = (path: string, location: string): boolean =>
  path === '/' ? location === '/' || location.startsWith('/ui/jobs') : location.startsWith(path);
