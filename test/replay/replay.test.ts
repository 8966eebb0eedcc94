import { describe, expect, inject, test } from 'vitest';
import {
  type HistoryEvent,
  type RecordedRun,
  readRecordings,
  recordedVersions,
  sizeOf,
} from './histories.ts';
import { NEUTRAL, textsOf } from './neutral.ts';
import { replay } from './replay.ts';

const bundle = inject('workflowBundle')!;

/** A copy of the runs in which the events of one type are changed. */
function changed(
  runs: readonly RecordedRun[],
  eventType: string,
  change: (event: HistoryEvent) => void,
): RecordedRun[] {
  const copy = structuredClone(runs) as RecordedRun[];
  const found = copy.flatMap(({ events }) => events).filter((event) => event.eventType === eventType);
  expect(found.length).toBeGreaterThan(0);
  for (const event of found) change(event);
  return copy;
}

const attributes = (event: HistoryEvent, name: string) =>
  event[`${name}EventAttributes`] as Record<string, Record<string, string>>;

describe.each(recordedVersions())('jobs recorded as %s', (version) => {
  const recordings = readRecordings(version);

  test.each(recordings)('$kind goes on with the current workflows', async ({ runs }) => {
    expect(await replay(runs, bundle)).toEqual([]);
  });

  test('tell nothing of the machine that recorded them, and are small', () => {
    const texts = recordings.flatMap(({ runs }) => runs.flatMap(textsOf));
    const telling = /\/(home|root|Users|tmp|var\/folders)\/|sk-ant-/;
    expect(texts.filter((text) => telling.test(text))).toEqual([]);
    const identities = new Set(JSON.stringify(recordings).match(/"identity":"[^"]*"/g));
    expect([...identities]).toEqual([`"identity":"${NEUTRAL}"`]);
    expect(sizeOf(version)).toBeLessThan(recordings.length * 105_000);
  });
});

describe('what was accepted', () => {
  const recordings = readRecordings(recordedVersions().at(-1)!);

  test.each([
    { kind: 'given-plan', what: 'a longer note', more: { note: 'x'.repeat(20_001) } },
    { kind: 'given-plan', what: 'a field more', more: { another_field: 1 } },
    { kind: 'edited-plan', what: 'another type', more: { no_commands: 'perhaps' } },
  ])('is followed though it would be refused today: $kind with $what', async ({ kind, more }) => {
    const { runs } = recordings.find((recording) => recording.kind === kind)!;
    const other = changed(runs, 'EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED', (event) => {
      const { acceptedRequest } = attributes(event, 'workflowExecutionUpdateAccepted') as unknown as Accepted;
      const [payload] = acceptedRequest.input.args.payloads;
      payload!.data = encoded({ ...decoded(payload!.data), ...more });
    });
    expect(await replay(other, bundle)).toEqual([]);
  });
});

describe('the check', () => {
  const given = readRecordings(recordedVersions().at(-1)!).find(({ kind }) => kind === 'given-plan')!.runs;

  test('fails when the workflow asks for another activity than it did', async () => {
    const other = changed(given, 'EVENT_TYPE_ACTIVITY_TASK_SCHEDULED', (event) => {
      attributes(event, 'activityTaskScheduled').activityType!.name = 'somethingElse';
    });
    expect((await replay(other, bundle)).join()).toMatch(/nondeterminism/i);
  });

  test('fails when it starts another task than it did', async () => {
    const other = changed(given, 'EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED', (event) => {
      Object.assign(attributes(event, 'startChildWorkflowExecutionInitiated'), {
        workflowId: 'job-x/task-y',
      });
    });
    expect((await replay(other, bundle)).join()).toMatch(/nondeterminism/i);
  });

  test('fails when it was told something else than it answered to', async () => {
    const other = changed(given, 'EVENT_TYPE_WORKFLOW_EXECUTION_STARTED', (event) => {
      const changed = { ...inputOf(event), spec: { ...inputOf(event).spec, approval: 'auto' } };
      const { input } = attributes(event, 'workflowExecutionStarted') as unknown as StartedAttributes;
      if (inputOf(event).spec) input.payloads[0]!.data = encoded(changed);
    });
    expect((await replay(other, bundle)).join()).toMatch(/nondeterminism/i);
  });
});

interface StartedAttributes {
  input: { payloads: { data: string }[] };
}

function inputOf(event: HistoryEvent): { spec?: object } {
  const { input } = attributes(event, 'workflowExecutionStarted') as unknown as StartedAttributes;
  return decoded(input.payloads[0]!.data);
}

interface Accepted {
  acceptedRequest: { input: { args: { payloads: { data: string }[] } } };
}

const decoded = (data: string) => JSON.parse(Buffer.from(data, 'base64').toString('utf8'));
const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64');
