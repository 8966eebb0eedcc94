import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { findTestServer } from '../../toolchain/test-server.ts';
import { startPostgres } from './postgres-server.ts';
import { startTemporal } from './temporal-server.ts';
import { bundleWorkflows } from './workflow-bundle.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** `host:port` of the one real Temporal server of this run; namespace `default`. */
    temporalAddress: string;
    /** The Temporal CLI it was started with. */
    temporalBinary: string;
    /** File with the bundled workflows, for `Worker.create({workflowBundle: {codePath}})`. */
    workflowBundle: string | undefined;
    /** An empty PostgreSQL database; tests make their own databases beside it. */
    postgresUrl: string | undefined;
    /** Executable of the time-skipping test server. */
    testServerPath: string | undefined;
  }
}

/** Starts what all tests share, once a run and all at once, and gives the function that ends it. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'orchestrator-test-'));
  const postgresFolder = await mkdtemp(join(tmpdir(), 'orchestrator-test-pg-'));
  const starts = [
    startTemporal(folder),
    startPostgres(postgresFolder),
    findTestServer({ onProgress: (line) => console.log(line) }),
    bundleWorkflows(folder),
  ] as const;
  const stop = async () => {
    const [temporal, postgres] = await Promise.allSettled(starts);
    if (temporal.status === 'fulfilled') await temporal.value.stop();
    if (postgres.status === 'fulfilled' && postgres.value.url) await postgres.value.stop();
    await rm(folder, { recursive: true, force: true });
    await rm(postgresFolder, { recursive: true, force: true });
  };
  try {
    const [temporal, postgres, testServer, bundle] = await Promise.all(starts);
    provide('temporalAddress', temporal.address);
    provide('temporalBinary', temporal.binary);
    provide('postgresUrl', postgres.url);
    provide('testServerPath', testServer.path);
    provide('workflowBundle', bundle.path);
    if (postgres.url === undefined) console.warn(`Tests on PostgreSQL are skipped: ${postgres.reason}.`);
    if (testServer.path === undefined)
      console.warn(`Tests with skipped time are skipped: ${testServer.reason}.`);
    if (bundle.path === undefined) console.warn(`The workflows are not bundled: ${bundle.reason}`);
    return stop;
  } catch (error) {
    await stop();
    throw error;
  }
}
