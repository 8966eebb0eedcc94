import { readFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import type { Connection } from '@temporalio/client';

/** What the figures depend on: processor, memory, versions. Names neither host nor folders. */
export interface Machine {
  cpu: string;
  cores: number;
  memory_gib: number;
  node: string;
  temporal: string;
  sdk: string;
  /** processes that wanted a processor before the benchmark began, as a mean of the last minute */
  load_before: number;
}

/** Describes this machine and the server behind the connection. */
export async function describeMachine(connection: Connection, loadBefore: number): Promise<Machine> {
  const { serverVersion } = await connection.workflowService.getSystemInfo({});
  const manifest = new URL('../package.json', import.meta.url);
  const { dependencies } = JSON.parse(readFileSync(manifest, 'utf8')) as {
    dependencies: Record<string, string>;
  };
  return {
    cpu: cpus()[0]?.model.trim() || 'unknown processor',
    cores: cpus().length,
    memory_gib: Math.round(totalmem() / 2 ** 30),
    node: process.versions.node,
    temporal: serverVersion,
    sdk: dependencies['@temporalio/worker'] ?? 'unknown',
    load_before: loadBefore,
  };
}

/** The mean load of the last minute. */
export const loadNow = (): number => Math.round((loadavg()[0] ?? 0) * 10) / 10;
