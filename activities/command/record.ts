import { readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Mark } from '../process/marks.ts';
import { killTree } from '../process/process-tree.ts';

/** What a run leaves in its folder while it lasts, for whoever starts it again on this host. */
interface RunRecord {
  /** of this start of the machine */
  boot_id: string;
  run_id: string;
  marks: Mark[];
}

/** Writes it in the moment that the command was started. */
export function recordRun(file: string, run: { run_id: string; marks: Mark[] }): void {
  const record: RunRecord = { boot_id: bootId(), ...run };
  writeFileSync(file, JSON.stringify(record), { mode: 0o600 });
}

/** Says that nothing of it runs any more. */
export const dropRecord = (file: string): Promise<void> => rm(file, { force: true });

/**
 * Ends what an earlier start of the same run may have left running: its worker may be stopped or cut off, and not dead. On return
 * all of it is gone that can be found.
 */
export async function endEarlierRun(file: string, grace_seconds: number): Promise<void> {
  const record = readRecord(file);
  if (record === undefined) return;
  if (record.boot_id === bootId()) {
    await killTree({ groups: [], run_ids: [record.run_id], marks: record.marks }, grace_seconds);
  }
  await dropRecord(file);
}

function readRecord(file: string): RunRecord | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as RunRecord;
  } catch {
    return undefined; // none, or one that was cut off when its worker was killed; its supervisor ended it then
  }
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  } catch {
    return ''; // not Linux: what runs is found by nothing but its group
  }
}
