import { Loader } from '@mantine/core';
import type { ReactNode } from 'react';
import { Problem } from './problem.tsx';

/** The parts of a query that say how far it is. */
interface Read<T> {
  data: T | undefined;
  error: Error | null;
}

/** What was read, once it is there; until then that it is being read, or why it can't be. */
export function Reading<T>({ of, children }: { of: Read<T>; children: (data: T) => ReactNode }) {
  if (of.data !== undefined) return <>{children(of.data)}</>;
  if (of.error !== null) return <Problem error={of.error} />;
  return <Loader size="sm" aria-label="Loading" />;
}
