import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CommittedNote, Note } from '../../contracts/event.ts';
import { freePort } from '../../runtime/ports.ts';
import { type Notes, openNotes } from '../../store/index.ts';
import { until } from '../setup/until.ts';

const doorbell = (job_id: string, seq: number): Note => ({ kind: 'doorbell', job_id, seq });
const KEY = 'the key of this installation';

const committed = (job_id: string, seqs: number[], of = job_id): CommittedNote => ({
  kind: 'committed',
  job_id,
  events: seqs.map((seq) => ({ seq, job_id: of, at: '2026-01-01T00:00:00Z', type: 'message', data: {} })),
  closed: false,
});

let folder: string;
let socket_path: string;
const opened: Notes[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orchestrator-notes-'));
  socket_path = join(folder, 'notes.sock');
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((notes) => notes.close()));
  await rm(folder, { recursive: true, force: true });
});

async function open(role: 'listener' | 'sender', redis_url?: string, key = KEY): Promise<Notes> {
  const notes = await openNotes({ socket_path, role, redis_url, key });
  opened.push(notes);
  return notes;
}

function heard(notes: Notes, job_id: string): Note[] {
  const all: Note[] = [];
  notes.subscribe(job_id, (note) => all.push(note));
  return all;
}

describe('over a socket', () => {
  it('carries notes from senders to subscribers of their job and of all', async () => {
    const listener = await open('listener');
    const senders = [await open('sender'), await open('sender')];
    const ofA = heard(listener, 'a');
    const all = heard(listener, '*');
    const line: Note = {
      kind: 'line',
      job_id: 'a',
      task_id: 't',
      attempt: 1,
      stream: 'stdout',
      text: 'x\ny',
      at: '',
    };
    senders[0]?.publish(line);
    senders[1]?.publish(doorbell('b', 7));
    await until(() => all.length === 2, { what: 'two notes' });
    expect(ofA).toEqual([line]);
    expect(all).toContainEqual(doorbell('b', 7));
  });

  it('delivers in its own process, and no more once unsubscribed', async () => {
    const listener = await open('listener');
    const got: Note[] = [];
    const stop = listener.subscribe('a', (note) => got.push(note));
    listener.subscribe('a', () => {
      throw new Error('a bad subscriber');
    });
    const after = heard(listener, 'a');
    listener.publish(doorbell('a', 1));
    stop();
    stop();
    listener.publish(doorbell('a', 2));
    expect(got).toEqual([doorbell('a', 1)]);
    expect(after).toEqual([doorbell('a', 1), doorbell('a', 2)]);
  });

  it('keeps the newest thousand while nobody listens, and sends them once somebody does', async () => {
    const sender = await open('sender');
    for (let seq = 1; seq <= 2500; seq++) sender.publish(doorbell('a', seq));
    const got = heard(await open('listener'), 'a');
    await until(() => got.length >= 1000, { what: 'the kept notes' });
    expect(got).toEqual(Array.from({ length: 1000 }, (_, n) => doorbell('a', 1501 + n)));
  });

  it('finds the next listener when one goes away', async () => {
    const first = await open('listener');
    const sender = await open('sender');
    const before = heard(first, 'a');
    sender.publish(doorbell('a', 1));
    await until(() => before.length === 1, { what: 'the first listener to hear' });
    await first.close();
    const after = heard(await open('listener'), 'a');
    let seq = 1;
    await until(
      () => {
        sender.publish(doorbell('a', ++seq));
        return after.length > 0;
      },
      { what: 'the second listener to hear' },
    );
  });

  it('takes over the socket of a killed listener, and keeps it from an older one that closes', async () => {
    const code = `require('node:net').createServer().listen(${JSON.stringify(socket_path)}, () => console.log('up'))`;
    const dead = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((resolve) => dead.stdout.once('data', resolve));
    dead.kill('SIGKILL');
    await new Promise((resolve) => dead.once('exit', resolve));

    const older = await open('listener');
    const newer = await open('listener');
    await older.close();
    const got = heard(newer, '*');
    (await open('sender')).publish(doorbell('a', 1));
    await until(() => got.length === 1, { what: 'the newer listener to hear' });
  });

  it('carries committed events of whoever knows the key, whole and in order, and of nobody else', async () => {
    const listener = await open('listener');
    const got = heard(listener, '*');
    const forger = await open('sender', undefined, 'another key');
    forger.publish(committed('a', [1]));
    forger.publish(doorbell('a', 1));
    await until(() => got.length === 1, { what: 'the notification of a sender without the key' });
    const sender = await open('sender');
    sender.publish(committed('a', [1, 3])); // with a gap
    sender.publish(committed('a', [1], 'b')); // of another job
    sender.publish(committed('a', []));
    sender.publish(committed('a', [4, 5]));
    sender.publish(doorbell('a', 5));
    await until(() => got.length === 3, { what: 'what is right' });
    expect(got).toEqual([doorbell('a', 1), committed('a', [4, 5]), doorbell('a', 5)]);
  });

  it('takes no committed events that somebody writes, or changes, by hand', async () => {
    const lines: string[] = [];
    const tap = createServer((socket) => {
      createInterface({ input: socket }).on('line', (line) => lines.push(line));
    }).listen(socket_path);
    (await open('sender')).publish(committed('a', [1]));
    await until(() => lines.length === 1, { what: 'the note as it travels' });
    tap.close();
    const got = heard(await open('listener'), '*');
    const hand = connect(socket_path);
    const real = lines[0]!;
    const json = real.slice(real.indexOf(' ') + 1);
    for (const line of [json, ` ${json}`, real.replace('"seq":1', '"seq":2'), `${real} `, real.slice(1)]) {
      hand.write(`${line}\n`);
    }
    hand.write(`${real}\n${JSON.stringify(doorbell('a', 9))}\n`);
    await until(() => got.some((note) => note.kind === 'doorbell'), { what: 'the last line' });
    expect(got).toEqual([committed('a', [1]), doorbell('a', 9)]);
    hand.destroy();
  });

  it('leaves out committed events that are too many for a note', async () => {
    const got = heard(await open('listener'), 'a');
    const sender = await open('sender');
    const [event] = committed('a', [1]).events;
    sender.publish({ ...committed('a', [1]), events: [{ ...event!, data: { text: 'x'.repeat(100_000) } }] });
    sender.publish(doorbell('a', 1));
    await until(() => got.length > 0, { what: 'the notification' });
    expect(got).toEqual([doorbell('a', 1)]);
  });

  it('keeps no more than 4 MB while nobody listens', async () => {
    const sender = await open('sender');
    const text = 'x'.repeat(90_000);
    for (let n = 1; n <= 200; n++)
      sender.publish({ kind: 'delta', job_id: 'a', task_id: null, attempt: n, text, at: '' });
    const got = heard(await open('listener'), 'a');
    await until(() => got.some((note) => note.kind === 'delta' && note.attempt === 200), {
      what: 'the last',
    });
    expect(got.length * text.length).toBeLessThanOrEqual(4_000_000);
    expect(got.length).toBeGreaterThan(40);
  });

  it('is not held up by a listener that does not read', async () => {
    const deaf = createServer({ pauseOnConnect: true }).listen(socket_path);
    const sender = await open('sender');
    const text = 'x'.repeat(10_000);
    const begun = Date.now();
    for (let n = 0; n < 3000; n++) {
      sender.publish({ kind: 'delta', job_id: 'a', task_id: null, attempt: 1, text, at: '' });
      if (n % 100 === 0) await new Promise(setImmediate);
    }
    expect(Date.now() - begun).toBeLessThan(5000);
    await sender.close();
    deaf.close();
  });
});

const redis = hasRedis();
describe.skipIf(!redis)(
  redis ? 'over Redis' : 'over Redis (skipped: redis-server is not installed here)',
  () => {
    let server: ChildProcess | undefined;
    let port: number;
    let url: string;

    beforeEach(async () => {
      port = await freePort('127.0.0.1');
      url = `redis://127.0.0.1:${port}`;
      server = startRedis();
    });
    afterEach(() => {
      server?.kill('SIGKILL');
    });

    function startRedis(): ChildProcess {
      const flags = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--dir', folder];
      return spawn('redis-server', flags, { stdio: 'ignore' });
    }

    /** Publishes until it is heard: what is sent before everybody is connected is lost. */
    async function hear(sender: Notes, got: Note[], note: Note): Promise<void> {
      await until(
        () => {
          sender.publish(note);
          return got.length > 0;
        },
        { what: 'a note over Redis' },
      );
    }

    it('carries notes between processes of any role, each once', async () => {
      const [listener, sender] = [await open('listener', url), await open('sender', url)];
      const [named, all, own] = [heard(listener, 'a'), heard(listener, '*'), heard(sender, '*')];
      await hear(sender, all, doorbell('a', 1));
      sender.publish(doorbell('a', 2));
      sender.publish(doorbell('b', 3));
      const last = (note: Note) => note.job_id === 'b';
      await until(() => all.some(last) && own.some(last), { what: 'the last note' });
      const fresh = (notes: Note[]) => notes.filter((note) => note.kind === 'doorbell' && note.seq > 1);
      expect(fresh(all)).toEqual([doorbell('a', 2), doorbell('b', 3)]);
      expect(fresh(named)).toEqual([doorbell('a', 2)]);
      expect(fresh(own)).toEqual(fresh(all));
    });

    it('goes on after Redis was away', async () => {
      const [listener, sender] = [await open('listener', url), await open('sender', url)];
      const got = heard(listener, 'a');
      await hear(sender, got, doorbell('a', 1));
      server?.kill('SIGKILL');
      await new Promise((resolve) => server?.once('exit', resolve));
      sender.publish(doorbell('a', 2));
      server = startRedis();
      got.length = 0;
      await hear(sender, got, doorbell('a', 3));
    });
  },
);

function hasRedis(): boolean {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
