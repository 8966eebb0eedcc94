import {
  Counter,
  Histogram,
  type MetricObjectWithValues,
  type MetricValueWithName,
  type Registry,
} from 'prom-client';
import { AlertKind } from '../../contracts/event.ts';
import type { Count } from '../../contracts/telemetry.ts';
import {
  COUNTERS,
  FAILURE_REASONS,
  LATENCY,
  LATENCY_BUCKET,
  LATENCY_BUCKETS,
  LATENCY_SUM,
} from '../../core/journal/counts.ts';
import type { Read } from './sources.ts';

/** Serves the counters of the database: what the whole service counted, from whichever process it is asked. */
export function storedMetrics(registry: Registry, read: Read<readonly Count[]>): void {
  for (const [short, { help, labels }] of Object.entries(COUNTERS)) {
    const name = `orchestrator_${short}`;
    const counter = new Counter({
      name,
      help,
      labelNames: [...labels],
      registers: [registry],
      async collect() {
        const counts = await read();
        counter.reset();
        if (!counts) {
          if (labels.length === 0) counter.remove();
          return;
        }
        // a series that is there before its first event lets a rate see that event
        for (const zero of ZEROS[name] ?? []) counter.inc(zero, 0);
        for (const count of counts) if (count.name === name) counter.inc(count.labels, count.value);
      },
    });
  }
  new StoredHistogram(registry, read);
}

const ZEROS: Record<string, Record<string, string>[]> = {
  orchestrator_alerts_total: AlertKind.options.map((kind) => ({ kind })),
  orchestrator_subtask_failures_total: FAILURE_REASONS.map((reason) => ({ reason })),
  orchestrator_jobs_finished_total: ['completed', 'failed', 'rejected', 'cancelled'].map((status) => ({
    status,
  })),
};

const DESCRIBED = {
  name: LATENCY,
  help: 'How long phases of jobs, tasks and model calls took, in seconds, by phase',
  labelNames: ['phase'] as 'phase'[],
  buckets: [...LATENCY_BUCKETS],
};

type Buckets = Map<string, { sum: number; counts: Map<string, number> }>;

/** A histogram whose values are in the database, where each bucket holds only its own. */
class StoredHistogram extends Histogram<'phase' | 'le'> {
  readonly #read: Read<readonly Count[]>;

  constructor(registry: Registry, read: Read<readonly Count[]>) {
    super({ ...DESCRIBED, registers: [registry] });
    this.#read = read;
  }

  /** What the registry asks of a histogram, before it asks {@link get}. */
  getForPromString() {
    return this.get();
  }

  override async get(): Promise<MetricObjectWithValues<MetricValueWithName<'phase' | 'le'>>> {
    const described = await new Histogram({ ...DESCRIBED, registers: [] }).get();
    const values = [...toBuckets((await this.#read()) ?? [])].flatMap(([phase, { sum, counts }]) => {
      let so_far = 0;
      const buckets = [...LATENCY_BUCKETS.map(String), '+Inf'].map((le) => {
        so_far += counts.get(le) ?? 0;
        return { metricName: LATENCY_BUCKET, labels: { phase, le }, value: so_far };
      });
      return [
        ...buckets,
        { metricName: LATENCY_SUM, labels: { phase }, value: sum },
        { metricName: `${LATENCY}_count`, labels: { phase }, value: so_far },
      ];
    });
    return { ...described, values };
  }
}

function toBuckets(counts: readonly Count[]): Buckets {
  const phases: Buckets = new Map();
  for (const { name, labels, value } of counts) {
    if (name !== LATENCY_BUCKET && name !== LATENCY_SUM) continue;
    const phase = labels.phase ?? '';
    const found = phases.get(phase) ?? { sum: 0, counts: new Map<string, number>() };
    phases.set(phase, found);
    if (name === LATENCY_SUM) found.sum = value;
    else found.counts.set(labels.le ?? '+Inf', value);
  }
  return phases;
}
