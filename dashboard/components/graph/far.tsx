import { useStore } from '@xyflow/react';
import { useEffect } from 'react';

/** Below this zoom texts can't be read. */
const READABLE = 0.4;

/** Marks a picture that is seen from far (`data-far`): boxes are then drawn as areas of the colour of their status. */
export function Far() {
  const isFar = useStore(({ transform }) => transform[2] < READABLE);
  const frame = useStore(({ domNode }) => domNode);
  useEffect(() => {
    frame?.toggleAttribute('data-far', isFar);
  }, [frame, isFar]);
  return null;
}
