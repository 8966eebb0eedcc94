import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';

const ROOT = join(import.meta.dirname, 'histories');

/** An event of a history, in the JSON of the Temporal CLI and Web UI. */
export type HistoryEvent = { eventId: string; eventType: string } & Record<string, unknown>;

/** One run of a workflow. */
export interface RecordedRun {
  workflow_id: string;
  events: HistoryEvent[];
}

/** Every run of one kind of job: its own, its tasks', and the service's around it. */
export interface Recording {
  kind: string;
  runs: RecordedRun[];
}

/** The versions that were recorded, as their folders are called. */
export const recordedVersions = (): string[] => readdirSync(ROOT).sort();

/** All recordings of a version. */
export function readRecordings(version: string): Recording[] {
  const folder = join(ROOT, version);
  return readdirSync(folder)
    .sort()
    .map((file) => {
      const bytes = readFileSync(join(folder, file));
      return JSON.parse((file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8'));
    });
}

/** Bytes that the recordings of a version take up. */
export function sizeOf(version: string): number {
  const folder = join(ROOT, version);
  return readdirSync(folder).reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);
}

/** Characters from which on a recording is kept compressed. */
const LONG = 1_000_000;

/**
 * Replaces all recordings of a version, or with `keep_others` those of the kinds that are given; gives their size in
 * bytes.
 */
export function writeRecordings(
  version: string,
  recordings: readonly Recording[],
  { keep_others }: { keep_others: boolean },
): number {
  const folder = join(ROOT, version);
  if (!keep_others) rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  let bytes = 0;
  for (const recording of recordings) {
    const text = toText(recording);
    const isLong = text.length > LONG;
    const kept = isLong ? gzipSync(text, { level: 9 }) : Buffer.from(text);
    for (const ending of ['json', 'json.gz'])
      rmSync(join(folder, `${recording.kind}.${ending}`), { force: true });
    writeFileSync(join(folder, `${recording.kind}.json${isLong ? '.gz' : ''}`), kept);
    bytes += kept.length;
  }
  return bytes;
}

/** One line an event: small, and a changed history shows as changed lines where it is not compressed. */
function toText({ kind, runs }: Recording): string {
  const texts = runs.map(({ workflow_id, events }) => {
    const lines = events.map((event) => JSON.stringify(event)).join(',\n');
    return `{"workflow_id": ${JSON.stringify(workflow_id)}, "events": [\n${lines}\n]}`;
  });
  return `{"kind": ${JSON.stringify(kind)}, "runs": [\n${texts.join(',\n')}\n]}\n`;
}
