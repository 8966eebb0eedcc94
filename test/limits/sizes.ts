import type { HistoryEvent, RecordedRun } from '../replay/histories.ts';

/** How large what histories hold is, in bytes. */
export interface Sizes {
  /** the largest single value: an input, a result, an argument */
  value: number;
  /** all that one workflow task asked for */
  batch: number;
}

/** Measures every value of some histories, and what each workflow task sent at once. */
export function sizesOf(runs: readonly RecordedRun[]): Sizes {
  const sizes: Sizes = { value: 0, batch: 0 };
  for (const { events } of runs) {
    const batches = new Map<string, number>();
    for (const event of events) {
      const values = valuesOf(event);
      const task = taskOf(event);
      if (task)
        batches.set(
          task,
          values.reduce((sum, bytes) => sum + bytes, batches.get(task) ?? 0),
        );
      sizes.value = Math.max(sizes.value, ...values);
    }
    sizes.batch = Math.max(sizes.batch, ...batches.values());
  }
  return sizes;
}

/** Bytes of every payload of an event. */
function valuesOf(value: unknown): number[] {
  if (typeof value !== 'object' || value === null) return [];
  const { metadata, data, ...rest } = value as Record<string, unknown>;
  if (metadata && typeof data === 'string') return [Math.floor((data.length * 3) / 4)];
  return Object.values({ metadata, data, ...rest }).flatMap(valuesOf);
}

/** The workflow task that asked for what the event tells of. */
function taskOf(event: HistoryEvent): string | undefined {
  const attributes = Object.entries(event).find(([name]) => name.endsWith('EventAttributes'))?.[1];
  return (attributes as { workflowTaskCompletedEventId?: string } | undefined)?.workflowTaskCompletedEventId;
}
