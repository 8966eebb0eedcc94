import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JobEvent, Note } from '../../contracts/event.ts';
import { jobWorkflowId } from '../../contracts/names.ts';
import { openNotes } from '../../store/index.ts';
import { openStream } from './read-stream.ts';
import { startApi } from './setup.ts';

let api: Awaited<ReturnType<typeof startApi>>;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

/** What becomes of the notes of workers on their way to this API. */
type Way = (notes: readonly Note[], n: number) => Note[];

const WAYS: Record<string, Way> = {
  'are lost': () => [],
  'come without notifications': (notes) => notes.filter(({ kind }) => kind === 'committed'),
  'come as bells alone': (notes) => notes.filter(({ kind }) => kind === 'doorbell'),
  'come twice': (notes) => [...notes.slice(-1), ...notes.slice(-1)],
  'come late and again': (notes) => notes.slice(-4),
  'come in reverse': (notes, n) => (n % 5 === 0 ? notes.slice(-5).reverse() : []),
  'come now and then': (notes, n) => (n % 3 === 0 ? notes.slice(-1) : []),
};

test.each(Object.entries(WAYS))('a client that follows sees the journal, where notes %s', async (_, way) => {
  const folder = await openNotes({
    socket_path: `${api.folder}/other-${Math.random()}.sock`,
    role: 'listener',
  });
  const { notes } = api.deps;
  const heard: Note[] = [];
  const stop = notes.subscribe('*', (note) => {
    heard.push(note);
    for (const passed of way(heard, heard.length)) folder.publish(passed);
  });
  api.deps.notes = folder;
  try {
    const tasks = Array.from({ length: 6 }, (_, index) => ({
      task_id: `t${index}`,
      title: 't',
      agent: 'command',
      command: 'true',
      depends_on: index < 3 ? [] : [`t${index - 3}`],
    }));
    const body = { title: 'A test', description: 'x', plan: { tasks } };
    const { job_id } = (await api.ask('POST', '/orchestrate/submit', body)).body;
    const path = `/orchestrate/${job_id}/events`;
    const clients = [await openStream(api, path), await openStream(api, path)];
    // one that reads nothing until all is over
    const slow = await openStream(api, path);
    await api.ask('POST', `/orchestrate/${job_id}/approve`);
    await Promise.all(clients.map((client) => client.untilEnd()));
    await slow.untilEnd();
    await api.worker.client.workflow.getHandle(jobWorkflowId(job_id)).result();
    const journal: JobEvent[] = await api.store.readEvents(job_id, 0, 1000);
    for (const { events } of [...clients, slow]) expect(events).toEqual(journal);
    expect(journal.at(-1)!.type).toBe('job.completed');
  } finally {
    api.deps.notes = notes;
    stop();
    await folder.close();
  }
});
