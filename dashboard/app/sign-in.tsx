import { Alert, Button, Center, Paper, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { signIn, useSession } from '../data/session.ts';

/** Takes an API key. It is tried by the pages that are shown then: one that is refused leads back here, with the reason. */
export function SignIn() {
  const { asks } = useSession();
  const [key, setKey] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (key.trim() !== '') signIn(key.trim());
  };
  return (
    <Center component="main" mih="100vh" p="md">
      <Paper withBorder p="lg" w="100%" maw={380}>
        <form onSubmit={submit}>
          <Stack gap="sm">
            <Title order={1}>Orchestrator</Title>
            <Text c="dimmed">
              This service asks for an API key. It is kept until this tab is closed. Keys are made with
              `orchestrator keys create`.
            </Text>
            {asks && asks.refused !== null && (
              <Alert color="red" variant="outline" p="xs" role="alert">
                {asks.refused}
              </Alert>
            )}
            <PasswordInput
              label="API key"
              autoComplete="current-password"
              data-autofocus
              value={key}
              onChange={(event) => setKey(event.currentTarget.value)}
            />
            <Button type="submit" disabled={key.trim() === ''}>
              Sign in
            </Button>
          </Stack>
        </form>
      </Paper>
    </Center>
  );
}
