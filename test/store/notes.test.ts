import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LiveNote } from '../../contracts/event.ts';
import { freePort } from '../../runtime/ports.ts';
import { type Notes, openNotes } from '../../store/index.ts';
import { until } from '../setup/until.ts';

const doorbell = (job_id: string, seq: number): LiveNote => ({ kind: 'doorbell', job_id, seq });
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

async function open(role: 'listener' | 'sender', redis_url?: string): Promise<Notes> {
  const notes = await openNotes({ socket_path, role, redis_url });
  opened.push(notes);
  return notes;
}

function heard(notes: Notes, job_id: string): LiveNote[] {
  const all: LiveNote[] = [];
  notes.subscribe(job_id, (note) => all.push(note));
  return all;
}

describe('over a socket', () => {
  it('carries notes from senders to subscribers of their job and of all', async () => {
    const listener = await open('listener');
    const senders = [await open('sender'), await open('sender')];
    const ofA = heard(listener, 'a');
    const all = heard(listener, '*');
    const line: LiveNote = {
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
    const got: LiveNote[] = [];
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
    async function hear(sender: Notes, got: LiveNote[], note: LiveNote): Promise<void> {
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
      const last = (note: LiveNote) => note.job_id === 'b';
      await until(() => all.some(last) && own.some(last), { what: 'the last note' });
      const fresh = (notes: LiveNote[]) => notes.filter((note) => note.kind === 'doorbell' && note.seq > 1);
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
