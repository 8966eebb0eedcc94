import { Center, Loader } from '@mantine/core';
import { lazy, Suspense } from 'react';
import type { GraphProps } from './graph.tsx';

const Graph = lazy(() => import('./graph.tsx'));

/** The picture of the tasks, loaded when it is first looked at. */
export function LazyGraph(props: GraphProps) {
  const loading = (
    <Center h="100%">
      <Loader size="sm" aria-label="Loading" />
    </Center>
  );
  return (
    <Suspense fallback={loading}>
      <Graph {...props} />
    </Suspense>
  );
}
