import { buffer } from 'node:stream/consumers';
import { collectRuns } from '../replay/collect.ts';
import type { TestWorker } from '../setup/worker.ts';

/**
 * All that is stored and told of a closed job: its archive, events, live notes, the histories of its runs, artifacts and
 * outputs, as one text.
 * @param options.tasks whether the histories of its tasks count
 */
export async function allThatIsKept(
  world: TestWorker,
  job_id: string,
  { tasks }: { tasks: boolean },
): Promise<string> {
  const notes = world.notes.filter((note) => note.job_id === job_id);
  const events = await world.store.readEvents(job_id, 0, 10_000);
  const all = await collectRuns(world.client, [`job-${job_id}`]);
  const runs = all.filter(({ workflow_id }) => tasks || !workflow_id.includes('/task-'));
  const archived = await world.store.readArchived(job_id);
  return await withContents(world, JSON.stringify([events, notes, archived]) + JSON.stringify(runs, decoded));
}

/** The text, and after it all contents whose hashes stand in it, or in one of them: artifacts, outputs, conversations. */
export async function withContents({ store }: Pick<TestWorker, 'store'>, text: string): Promise<string> {
  const stored: string[] = [];
  const seen = new Set<string>();
  for (let next = [text]; next.length > 0; ) {
    const named = next.flatMap((part) => part.match(/\b[0-9a-f]{64}\b/g) ?? []);
    const fresh = [...new Set(named)].filter((sha) => !seen.has(sha));
    next = [];
    for (const sha of fresh) {
      seen.add(sha);
      const content = await store.openContent(sha).then(buffer, () => null);
      if (content) next.push(content.toString('latin1'));
    }
    stored.push(...next);
  }
  return [text, ...stored].join('\n');
}

/** For `JSON.stringify` of a history: payloads as they are, and decoded. */
export const decoded = (_: string, value: unknown): unknown =>
  typeof value === 'string' && /^[\w+/]+=*$/.test(value)
    ? `${value} ${Buffer.from(value, 'base64').toString('utf8')}`
    : value;
