import { Gauge, type Registry } from 'prom-client';

/** Reads something for a scrape; null when it could not be read. */
export type Read<T> = () => Promise<T | null>;

/** What is read once is good for so long: all metrics of a scrape share it, and scrapes of many ask once. */
const FRESH_MS = 1000;

/**
 * Makes the reads of a registry's metrics from elsewhere, and the metric that tells which of these places answer: what
 * is not known is left out, and the rest is still served.
 */
export function createSources(registry: Registry): <T>(source: string, read: () => Promise<T>) => Read<T> {
  const reads: { source: string; read: Read<unknown> }[] = [];
  new Gauge({
    name: 'orchestrator_metrics_source_up',
    help: 'Whether the sources of the service-wide metrics answered',
    labelNames: ['source'],
    registers: [registry],
    async collect() {
      const up = new Map<string, number>();
      for (const { source, read } of reads) {
        const answered = (await read()) === null ? 0 : 1;
        up.set(source, Math.min(answered, up.get(source) ?? 1));
      }
      for (const [source, value] of up) this.set({ source }, value);
    },
  });
  return (source, read) => {
    const shared = sharedFor(FRESH_MS, read);
    reads.push({ source, read: shared });
    return shared;
  };
}

function sharedFor<T>(milliseconds: number, read: () => Promise<T>): Read<T> {
  let latest: { at: number; answer: Promise<T | null> } | undefined;
  return () => {
    if (!latest || Date.now() - latest.at >= milliseconds) {
      latest = { at: Date.now(), answer: read().catch(() => null) };
    }
    return latest.answer;
  };
}
