import { useReactFlow, useStore } from '@xyflow/react';
import { useEffect, useRef } from 'react';

/** Shows the whole picture again when its frame has got another size, unless somebody has moved it. */
export function KeepFitted({ moved }: { moved: { current: boolean } }) {
  const { fitView } = useReactFlow();
  const width = useStore((state) => state.width);
  const shown = useRef(0);
  useEffect(() => {
    if (shown.current !== 0 && shown.current !== width && !moved.current) void fitView(FIT);
    shown.current = width;
  }, [width, moved, fitView]);
  return null;
}

/** How the whole is shown: never bigger than it is. */
export const FIT = { maxZoom: 1, padding: 0.08 };
