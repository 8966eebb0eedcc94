import { Button } from '@mantine/core';
import type { UseInfiniteQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';

/** Reads the next page of a list; nothing where there is none. */
export function MorePages({
  of,
  children,
}: {
  of: Pick<UseInfiniteQueryResult, 'hasNextPage' | 'isFetchingNextPage' | 'fetchNextPage'>;
  children: ReactNode;
}) {
  if (!of.hasNextPage) return null;
  return (
    <Button variant="default" mt="sm" loading={of.isFetchingNextPage} onClick={() => of.fetchNextPage()}>
      {children}
    </Button>
  );
}
