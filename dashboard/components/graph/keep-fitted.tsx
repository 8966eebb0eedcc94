import { type FitViewOptions, useReactFlow, useStore } from '@xyflow/react';
import { useEffect, useRef } from 'react';

interface Props {
  moved: { current: boolean };
  places: object;
  fit: FitViewOptions;
}

/** Shows the whole picture again when it, or its frame, has got another size, unless somebody has moved it. */
export function KeepFitted({ moved, places, fit }: Props) {
  const { fitView } = useReactFlow();
  const width = useStore((state) => state.width);
  const shown = useRef({ width, places });
  useEffect(() => {
    const before = shown.current;
    shown.current = { width, places };
    const isOther = before.width !== width || before.places !== places;
    if (before.width !== 0 && isOther && !moved.current) void fitView(fit);
  }, [width, places, moved, fitView, fit]);
  return null;
}

/** How the whole is shown: never bigger than it is. */
export const FIT = { maxZoom: 1, padding: 0.04 };
