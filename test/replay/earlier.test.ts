import type { DataConverter, Payload } from '@temporalio/common';
import { expect, inject, test } from 'vitest';
import { payloadStorage } from '../../store/payload-storage.ts';
import { readRecordings } from './histories.ts';
import { replay } from './replay.ts';

/**
 * Replays a job of an early version, recorded up to the workflow task that failed whenever it was tried: what the current
 * workflows do in that task brings it on.
 */
async function replayToItsFailure(kind: string, dataConverter: DataConverter): Promise<void> {
  const { runs } = readRecordings('earlier').find((recording) => recording.kind === kind)!;
  const [run] = runs.filter(({ workflow_id }) => !workflow_id.includes('/'));
  const { events } = run!;
  const failed = events.filter(({ eventType }) => eventType === 'EVENT_TYPE_WORKFLOW_TASK_FAILED');
  expect(failed.length).toBeGreaterThan(0);
  const last = events.findLastIndex(({ eventType }) => eventType === 'EVENT_TYPE_WORKFLOW_TASK_STARTED');
  const replayed = { ...run!, events: events.slice(0, last + 1) };
  expect(await replay([replayed], inject('workflowBundle')!, dataConverter)).toEqual([]);
}

/** What Temporal takes at once. */
const MOST_BYTES = 2 * 1024 * 1024;

test('a job whose archive was too large to travel hands it over by reference', async () => {
  const stored: string[] = [];
  const contents = {
    async putContent({ source }: { source: Buffer }) {
      stored.push(source.toString('utf8'));
      return { sha256: String(stored.length), bytes: source.length };
    },
    getContent: async (sha256: string) => Buffer.from(stored[Number(sha256) - 1]!),
  };
  await replayToItsFailure('archive-too-large', payloadStorage(contents as never));
  expect(stored.at(-1)!.length).toBeGreaterThan(MOST_BYTES);
  expect(JSON.parse(stored.at(-1)!)).toMatchObject({ view: { status: 'rejected' } });
});

test('a job that signals without an argument stopped refuses them, and says so', async () => {
  const texts: string[] = [];
  const codec = {
    encode: async (payloads: Payload[]) => {
      texts.push(...payloads.map(({ data }) => Buffer.from(data ?? []).toString('utf8')));
      return payloads;
    },
    decode: async (payloads: Payload[]) => payloads,
  };
  await replayToItsFailure('wedged-by-signals', { payloadCodecs: [codec] });
  const flushed = texts.filter((text) => text.startsWith('{"owner":')).map((text) => JSON.parse(text).events);
  // a workflow task that says something notes the number of the first event that it says
  const noted = texts.filter((text) => /^\d+$/.test(text)).map(Number);
  expect(noted.at(-1)).toBe(flushed.at(-1).at(-1).seq + 1);
});
