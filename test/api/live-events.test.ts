import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LiveNote } from '../../contracts/event.ts';
import { until } from '../setup/until.ts';
import { startApi } from './setup.ts';

let api: Awaited<ReturnType<typeof startApi>>;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

async function startJob(lines: string[]): Promise<string> {
  const tasks = lines.map((command, index) => ({
    task_id: `t${index}`,
    title: 't',
    agent: 'command',
    command,
  }));
  const body = { title: 'A test', description: 'x', plan: { tasks } };
  return (await api.ask('POST', '/orchestrate/submit', body)).body.job_id;
}

/** Follows a job's events after an id, and leaves after `most` of them. */
async function follow(job_id: string, after: number, most = Number.POSITIVE_INFINITY) {
  const headers: Record<string, string> = after > 0 ? { 'last-event-id': String(after) } : {};
  const response = await api.app.request(`/orchestrate/${job_id}/events`, { headers });
  const seen: { ids: number[]; types: string[]; notes: LiveNote[]; status: number } = {
    ids: [],
    types: [],
    notes: [],
    status: response.status,
  };
  if (response.body === null) return seen;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let rest = ''; seen.ids.length < most; ) {
    const { done, value } = await reader.read();
    if (done) break;
    const frames = (rest + value).split('\n\n');
    rest = frames.pop()!;
    for (const frame of frames) {
      const id = /^id: (\d+)$/m.exec(frame)?.[1];
      if (id !== undefined) {
        seen.ids.push(Number(id));
        seen.types.push(/^event: (.*)$/m.exec(frame)![1]!);
      } else if (frame.startsWith('event: note')) {
        seen.notes.push(JSON.parse(/^data: (.*)$/m.exec(frame)![1]!));
      }
    }
  }
  await reader.cancel();
  return seen;
}

const inOrder = (ids: number[]) =>
  expect(ids).toEqual(Array.from({ length: ids.length }, (_, index) => index + 1));

test('a follower sees every event once and the lines between, and the stream ends with the job', async () => {
  const job_id = await startJob(['echo a line; sleep 0.3']);
  const following = follow(job_id, 0);
  await api.ask('POST', `/orchestrate/${job_id}/approve`);
  const { ids, types, notes } = await following;
  inOrder(ids);
  expect(types[0]).toBe('job.submitted');
  expect(types.at(-1)).toBe('job.completed');
  expect(notes).toContainEqual(expect.objectContaining({ kind: 'line', task_id: 't0', text: 'a line' }));
  expect((await follow(job_id, ids.length)).status).toBe(204);
});

test('many followers, some of whom leave and come back with their last id, lose and double nothing', async () => {
  const job_id = await startJob(Array.from({ length: 12 }, () => 'true'));
  const whole = [follow(job_id, 0), follow(job_id, 0)];
  const inPieces = (async () => {
    const ids: number[] = [];
    for (;;) {
      const piece = await follow(job_id, ids.at(-1) ?? 0, 3);
      ids.push(...piece.ids);
      if (piece.status === 204) return ids;
    }
  })();
  await api.ask('POST', `/orchestrate/${job_id}/approve`);
  const [first, second] = await Promise.all(whole);
  inOrder(first!.ids);
  expect(second!.ids).toEqual(first!.ids);
  expect((await inPieces).slice(0, first!.ids.length)).toEqual(first!.ids);
  expect(first!.types.filter((type) => type === 'task.completed')).toHaveLength(12);
});

test('an id from the future waits for what comes after it and disturbs nobody', async () => {
  const job_id = await startJob(['true']);
  const early = await api.app.request(`/orchestrate/${job_id}/events?after=1000000`);
  const following = follow(job_id, 0);
  await api.ask('POST', `/orchestrate/${job_id}/approve`);
  const { ids, types } = await following;
  inOrder(ids);
  expect(types.at(-1)).toBe('job.completed');
  await early.body!.cancel();
});

test('HEAD on a stream answers at once, and nobody follows it', async () => {
  const job_id = await startJob(['true']);
  let followers = 0;
  const { subscribe } = api.deps.notes;
  api.deps.notes.subscribe = (...args) => {
    followers += 1;
    const leave = subscribe(...args);
    return () => {
      followers -= 1;
      leave();
    };
  };
  for (const path of [`/orchestrate/${job_id}/events`, '/events']) {
    const head = await api.ask('HEAD', path);
    expect(head).toMatchObject({ status: 200, body: '' });
    expect(head.headers.get('content-type')).toContain('text/event-stream');
    expect(followers).toBe(0);
  }
  api.deps.notes.subscribe = subscribe;
});

test('all jobs come through one feed', async () => {
  const response = await api.app.request('/events?after=latest');
  const job_id = await startJob(['true']);
  await api.ask('POST', `/orchestrate/${job_id}/approve`);
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  while (!text.includes('event: job.completed')) text += (await reader.read()).value ?? '';
  await reader.cancel();
  expect(text).toContain(`"job_id":"${job_id}"`);
  await until(async () => (await api.ask('GET', '/readyz')).body.ready, { what: 'readyz' });
});

test('one stream has the feed and the journals of several jobs, from where each is, and tells which have ended', async () => {
  const [one, other] = [await startJob(['echo one']), await startJob(['echo other'])];
  const { next_after } = (
    await api.ask('GET', '/events?after=latest', undefined, { accept: 'application/json' })
  ).body;
  const jobs = `${one}:1,${other}:0,not-there:0`;
  const response = await api.app.request(`/events?after=${next_after}&jobs=${encodeURIComponent(jobs)}`);
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  for (const job_id of [one, other]) await api.ask('POST', `/orchestrate/${job_id}/approve`);
  let text = '';
  const ended = () => [...text.matchAll(/^event: ended\ndata: (.*)$/gm)].map(([, data]) => JSON.parse(data!));
  while (ended().length < 3) text += (await reader.read()).value;
  await reader.cancel();
  expect(text).toMatch(new RegExp(`^id: ${next_after}\nevent: open\n`));
  expect(
    ended()
      .map(({ job_id }) => job_id)
      .sort(),
  ).toEqual([one, other, 'not-there'].sort());
  const told = [...text.matchAll(/^event: job\ndata: (.*)$/gm)].map(([, data]) => JSON.parse(data!));
  for (const [job_id, after] of [
    [one, 1],
    [other, 0],
  ] as const) {
    const seqs = told.filter((event) => event.job_id === job_id).map(({ seq }) => seq);
    expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, index) => after + 1 + index));
    expect(told.filter((event) => event.job_id === job_id).at(-1).type).toBe('job.completed');
  }
});

test.each(['j1', 'j1:x', 'j1:1,,j2:1', 'J1:1', Array.from({ length: 51 }, () => 'j1:0').join(',')])(
  'jobs to follow are ids with a seq, fifty at most: %s',
  async (jobs) => {
    const { status, body } = await api.ask('GET', `/events?jobs=${jobs}`);
    expect(status).toBe(400);
    expect(body.error.fields).toMatchObject([{ path: 'jobs' }]);
  },
);
