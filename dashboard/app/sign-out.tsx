import { Button } from '@mantine/core';
import { queryClient } from '../data/query-client.ts';
import { signOut, useSession } from '../data/session.ts';

/** Forgets the key and what was read with it; there is nothing to see of it where no key is asked for. */
export function SignOut() {
  const { api_key } = useSession();
  if (api_key === null) return null;
  const forget = () => {
    signOut();
    queryClient.clear();
  };
  return (
    <Button variant="subtle" color="gray" fullWidth mt="xs" onClick={forget}>
      Sign out
    </Button>
  );
}
