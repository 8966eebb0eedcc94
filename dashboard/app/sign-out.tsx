import { Button } from '@mantine/core';
import { signOut, useSession } from '../data/session.ts';

/** Forgets the key; there is nothing to see of it where no key is asked for. */
export function SignOut() {
  const { api_key } = useSession();
  if (api_key === null) return null;
  return (
    <Button variant="subtle" color="gray" fullWidth mt="xs" onClick={signOut}>
      Sign out
    </Button>
  );
}
