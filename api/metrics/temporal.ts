import { Gauge, type Registry } from 'prom-client';
import type { TemporalLoad } from '../gateway/index.ts';
import type { Read } from './sources.ts';

/** Serves how much work waits in Temporal's queues, and how many worker processes take jobs. */
export function temporalMetrics(registry: Registry, read: Read<TemporalLoad>): void {
  new Gauge({
    name: 'orchestrator_queue_depth',
    help: 'Work that waits for a worker, by kind: workflow tasks, activities, model calls; about, as Temporal says',
    labelNames: ['queue'],
    registers: [registry],
    async collect() {
      const load = await read();
      this.reset();
      for (const [queue, depth] of Object.entries(load?.queues ?? {})) this.set({ queue }, depth);
    },
  });
  new Gauge({
    name: 'orchestrator_workers',
    help: 'Worker processes that take jobs',
    registers: [registry],
    async collect() {
      const load = await read();
      if (load) this.set(load.workers);
      else this.remove();
    },
  });
}
