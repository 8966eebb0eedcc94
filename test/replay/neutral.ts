import { homedir, hostname } from 'node:os';
import type { HistoryEvent, RecordedRun } from './histories.ts';

/** Who a recorded worker or client says that it is. */
export const NEUTRAL = 'recorder';

/** What replay does not look at, and what only takes room. */
const DROPPED = new Set([
  'links',
  'principal',
  'workerMayIgnore',
  'requestId',
  'meteringMetadata',
  'upsertedMemo',
]);

/**
 * The runs without what tells of the machine that recorded them. Replay compares kinds of commands and events
 * and their ids, so that names of processes and folders may change.
 * @param folder of the recording; it is called /recorded, and the checkout /orchestrator
 * @throws when a path or the host's name is left
 */
export function neutralize(runs: RecordedRun[], folder: string): RecordedRun[] {
  const rename = (text: string) =>
    text.replaceAll(folder, '/recorded').replaceAll(process.cwd(), '/orchestrator');
  const neutral = runs.map(({ workflow_id, events }) => ({
    workflow_id,
    events: events.map((event) => clean(withoutActivityInput(event), rename) as HistoryEvent),
  }));
  for (const { workflow_id, events } of neutral) {
    const left = tellTales(events);
    if (left.length > 0) throw new Error(`the history of ${workflow_id} tells of this machine: ${left}`);
  }
  return neutral;
}

/** The texts of events, payloads decoded: what a reader of the recording could see. */
export function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(textsOf);
  if (typeof value !== 'object' || value === null) return [];
  if (isPayload(value)) return [decode(value.data)];
  return Object.values(value).flatMap(textsOf);
}

/** What an activity was given; what it gave is what the workflow goes on with. */
function withoutActivityInput(event: HistoryEvent): HistoryEvent {
  const { activityTaskScheduledEventAttributes: scheduled } = event;
  if (typeof scheduled !== 'object') return event;
  return { ...event, activityTaskScheduledEventAttributes: { ...scheduled, input: undefined } };
}

function clean(value: unknown, rename: (text: string) => string): unknown {
  if (typeof value === 'string') return rename(value);
  if (Array.isArray(value)) return value.map((item) => clean(item, rename));
  if (typeof value !== 'object' || value === null) return value;
  if (isPayload(value)) return { ...value, data: encode(rename(decode(value.data))) };
  const entries = Object.entries(value).filter(([key]) => !DROPPED.has(key));
  const cleaned = Object.fromEntries(
    entries.map(([key, item]) => [key, key === 'identity' ? NEUTRAL : clean(item, rename)]),
  );
  // a worker's own queue is named after its process
  return cleaned.kind === 'TASK_QUEUE_KIND_STICKY' ? { ...cleaned, name: NEUTRAL } : cleaned;
}

function tellTales(events: HistoryEvent[]): string[] {
  const names = [hostname(), homedir(), process.cwd()].filter((name) => name.length >= 5);
  return names.filter((name) => textsOf(events).some((text) => text.includes(name)));
}

/** https://github.com/temporalio/api/blob/master/temporal/api/common/v1/message.proto */
function isPayload(value: object): value is { metadata: object; data: string } {
  return 'metadata' in value && 'data' in value && typeof value.data === 'string';
}

const decode = (data: string): string => Buffer.from(data, 'base64').toString('utf8');
const encode = (text: string): string => Buffer.from(text, 'utf8').toString('base64');
