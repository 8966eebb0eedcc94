import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, inject, test } from 'vitest';
import { freePort } from '../../runtime/ports.ts';
import { createNamespace } from '../setup/namespace.ts';
import { until } from '../setup/until.ts';
import { readSamples } from './samples.ts';

const MAIN = join(import.meta.dirname, '../../worker/main.ts');

test("a worker serves its own metrics and those of the SDK's runtime at one address", {
  timeout: 180_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'orchestrator-worker-metrics-'));
  const { namespace, connection, address } = await createNamespace(inject('temporalAddress'));
  const port = await freePort('127.0.0.1');
  const worker = execa(process.execPath, [MAIN], {
    env: {
      ORCHESTRATOR_DATA_DIR: folder,
      TEMPORAL_ADDRESS: address,
      TEMPORAL_NAMESPACE: namespace,
      METRICS_PORT: String(port),
      DATABASE_URL: '',
      REDIS_URL: '',
      OTEL_EXPORTER_OTLP_ENDPOINT: '',
    },
    reject: false,
  });
  try {
    const samples = await until(
      async () => {
        const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
        const read = readSamples(await answer.text());
        return [...read.keys()].some((series) => series.startsWith('temporal_worker_task_slots')) && read;
      },
      { timeoutMs: 150_000, what: "the SDK's metrics" },
    );
    const names = new Set([...samples.keys()].map((series) => series.split('{')[0]));
    expect(names).toContain('process_cpu_seconds_total');
    expect(names).toContain('nodejs_eventloop_lag_seconds');
    // what the dashboard asks the SDK for
    expect(names).toContain('temporal_worker_task_slots_used');
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(404);
    // fetch sets Host itself
    const rebound = get(`http://127.0.0.1:${port}/metrics`, { headers: { host: 'evil.example' } });
    const [answer] = await once(rebound, 'response');
    answer.resume();
    expect(answer.statusCode).toBe(403);
  } finally {
    worker.kill('SIGTERM');
    await worker;
    await connection.close();
    await rm(folder, { recursive: true, force: true });
  }
});
