import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { DataDir } from '../config/data-dir.ts';

const addressesSchema = z.object({
  api_url: z.url(),
  temporal_address: z.string(),
  /** Null when an existing cluster is used and nobody said where its Web UI is. */
  temporal_ui_url: z.url().nullable(),
  namespace: z.string(),
  data_dir: z.string(),
  /** Without `temporal` when an existing cluster is used. */
  pids: z.object({
    launcher: z.int(),
    temporal: z.int().optional(),
    worker: z.int(),
    api: z.int(),
  }),
});

/** Where the parts of a running one-machine mode are; what `addresses.json` of the data folder holds. */
export type Addresses = z.infer<typeof addressesSchema>;

/** What stands in the file. */
export const addressesText = (addresses: Addresses): string => `${JSON.stringify(addresses, null, 2)}\n`;

/**
 * What the launcher of this data folder wrote, or undefined when it was never started or was stopped. After a
 * kill -9 of the launcher it tells where things last were.
 */
export function readAddresses(dir: DataDir): Addresses | undefined {
  try {
    return addressesSchema.parse(JSON.parse(readFileSync(dir.addresses, 'utf8')));
  } catch {
    return undefined;
  }
}
