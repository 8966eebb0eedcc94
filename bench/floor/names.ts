/** Task queue of the floor's worker. */
export const FLOOR_QUEUE = 'bench-floor';

/** Workflow id of the n-th child, from 1. */
export const floorChildId = (parentId: string, n: number): string => `${parentId}/child-${n}`;
