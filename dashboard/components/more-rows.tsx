import { Button } from '@mantine/core';
import { useState } from 'react';

/** The first rows of a list, and how many there are beyond them. */
interface Rows<T> {
  shown: readonly T[];
  rest: number;
  more(): void;
}

/** Shows so many rows of a list, and as many more each time they are asked for: a page with thousands would freeze. */
export function useMoreRows<T>(all: readonly T[], step: number): Rows<T> {
  const [count, setCount] = useState(step);
  return {
    shown: all.slice(0, count),
    rest: Math.max(0, all.length - count),
    more: () => setCount((now) => now + step),
  };
}

/** The button that shows more of them; nothing where all are shown. */
export function MoreRows({ of }: { of: Rows<unknown> }) {
  if (of.rest === 0) return null;
  return (
    <Button variant="default" mt="sm" onClick={of.more}>
      Show more ({of.rest} not shown)
    </Button>
  );
}
