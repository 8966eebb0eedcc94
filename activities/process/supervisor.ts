// A process of its own, one for each worker. It reads what runs from a pipe that the worker holds; the end of
// that pipe means that the worker is dead, however it died, and everything it ran is killed.
import { createInterface } from 'node:readline';
import type { Mark } from './marks.ts';
import { killTree } from './process-tree.ts';
import type { SupervisorMessage } from './supervision.ts';

/** What ends meanwhile is swept up together: all processes of the machine are looked at. */
const SWEEP_AFTER_MS = 200;

const worker_id = process.argv[2];
if (!worker_id) throw new Error('usage: supervisor.ts WORKER_ID');

// A signal to the worker's group or service must not end the one who cleans up after it.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});

interface Run {
  group: number;
  mark?: Mark | undefined;
  kill_grace_seconds: number;
}

const running = new Map<string, Run>();
const ended = new Map<string, Run | undefined>();

for await (const line of createInterface({ input: process.stdin })) {
  const message = parseMessage(line);
  if (message?.op === 'started') running.set(message.run_id, message);
  if (message?.op === 'ended') leave(message.run_id);
}
await killTree(
  { groups: [...running.values()].map(({ group }) => group), run_ids: [worker_id], marks: marksOf(running) },
  graceOf(running),
);

/** Processes that outlived their command in a session of their own are looked for here, off the worker's loop. */
function leave(run_id: string): void {
  const run = running.get(run_id);
  running.delete(run_id);
  if (ended.size === 0) setTimeout(sweep, SWEEP_AFTER_MS);
  ended.set(run_id, run);
}

function sweep(): void {
  const run_ids = [...ended.keys()];
  const [marks, grace_seconds] = [marksOf(ended), graceOf(ended)];
  // a run without a mark may be of any age
  const since = marks.length === ended.size ? Math.min(...marks.map((mark) => mark.since)) : undefined;
  ended.clear();
  void killTree({ groups: [], run_ids, marks, since }, grace_seconds);
}

function marksOf(runs: ReadonlyMap<string, Run | undefined>): Mark[] {
  return [...runs.values()].flatMap((run) => (run?.mark ? [run.mark] : []));
}

function graceOf(runs: ReadonlyMap<string, Run | undefined>): number {
  return Math.max(0, ...[...runs.values()].map((run) => run?.kill_grace_seconds ?? 0));
}

// The last line may be cut off when the worker is killed while it writes.
function parseMessage(line: string): SupervisorMessage | undefined {
  try {
    return JSON.parse(line) as SupervisorMessage;
  } catch {
    return undefined;
  }
}
