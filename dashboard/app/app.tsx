import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { queryClient } from '../data/query-client.ts';
import { useSession } from '../data/session.ts';
import { styleNonce } from './nonce.ts';
import { Shell } from './shell.tsx';
import { SignIn } from './sign-in.tsx';
import { cssVariables, theme } from './theme.ts';

/** The whole dashboard: its look, its data, and the sign-in page in place of everything while a key is missing. */
export function App() {
  const { asks } = useSession();
  return (
    <MantineProvider
      theme={theme}
      defaultColorScheme="auto"
      cssVariablesResolver={cssVariables}
      getStyleNonce={styleNonce}
    >
      <QueryClientProvider client={queryClient}>
        <Notifications position="bottom-right" limit={3} />
        {asks ? <SignIn /> : <Shell />}
      </QueryClientProvider>
    </MantineProvider>
  );
}
