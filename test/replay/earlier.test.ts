import type { Payload } from '@temporalio/common';
import { expect, inject, test } from 'vitest';
import { payloadStorage } from '../../store/content/payload-storage.ts';
import { readRecordings } from './histories.ts';
import { replay } from './replay.ts';

/**
 * Replays a job of an early version, recorded up to the workflow task that failed whenever it was tried: what the current
 * workflows do in that task brings it on. Gives its id and the payloads of all its commands, the latest last.
 */
async function replayToItsFailure(kind: string): Promise<{ id: string; payloads: Payload[] }> {
  const { runs } = readRecordings('earlier').find((recording) => recording.kind === kind)!;
  const run = runs.find(({ workflow_id }) => !workflow_id.includes('/'))!;
  const { events, workflow_id: id } = run;
  const failed = events.filter(({ eventType }) => eventType === 'EVENT_TYPE_WORKFLOW_TASK_FAILED');
  expect(failed.length).toBeGreaterThan(0);
  const last = events.findLastIndex(({ eventType }) => eventType === 'EVENT_TYPE_WORKFLOW_TASK_STARTED');
  const payloads: Payload[] = [];
  const codec = {
    encode: async (given: Payload[]) => {
      payloads.push(...given);
      return given;
    },
    decode: async (given: Payload[]) => given,
  };
  const replayed = { ...run, events: events.slice(0, last + 1) };
  expect(await replay([replayed], inject('workflowBundle')!, { payloadCodecs: [codec] })).toEqual([]);
  return { id, payloads };
}

const textOf = ({ data }: Payload): string => Buffer.from(data ?? []).toString('utf8');

/** What Temporal takes at once. */
const MAX_BYTES = 2 * 1024 * 1024;

test('a job whose archive was too large to travel hands it over by reference', async () => {
  const { id, payloads } = await replayToItsFailure('archive-too-large');
  const archive = payloads.at(-1)!;
  expect(JSON.parse(textOf(archive))).toMatchObject({ view: { status: 'rejected' } });
  expect(archive.data!.length).toBeGreaterThan(MAX_BYTES);
  const { driverSelector } = payloadStorage({} as never).externalStorage!;
  expect(driverSelector!({ target: { kind: 'workflow', id } } as never, archive)).not.toBeNull();
});

test('a job that signals without an argument stopped refuses them, and says so', async () => {
  const { payloads } = await replayToItsFailure('wedged-by-signals');
  // a workflow task that says something notes the number of the first event that it says; ten are in the history
  expect(textOf(payloads.at(-1)!)).toBe('11');
});
