import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { rename, rm, stat } from 'node:fs/promises';
import { createServer, connect as netConnect, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { NotesTransport } from './transport.ts';

/** Notes that a sender keeps while nobody listens; of more the oldest are dropped. */
const QUEUE_LIMIT = 1000;
const QUEUED_CHARS = 4_000_000;

/** Pauses between attempts to connect, in milliseconds: the first and the longest. */
const RECONNECT_MS = { first: 20, longest: 1000 };

/** Listens on the Unix socket, in place of whoever listened there. Rejects when that is not possible. */
export async function notesListener(
  socket_path: string,
  receive: (text: string) => void,
): Promise<NotesTransport> {
  const connections = new Set<Socket>();
  const server = createServer((socket) => {
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
    readNotes(socket, receive);
  });
  // Node removes the path it listened on when it closes. Listening under another name and renaming replaces a
  // dead listener's socket in one step, and keeps an old listener from removing its successor's.
  const own_path = join(dirname(socket_path), `.${randomBytes(4).toString('hex')}`);
  server.listen(own_path);
  await once(server, 'listening');
  await rename(own_path, socket_path);
  const { ino } = await stat(socket_path);
  server.unref();
  return {
    send() {},
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of connections) socket.destroy();
      await closed;
      const found = await stat(socket_path).catch(() => null);
      if (found?.ino === ino) await rm(socket_path, { force: true });
    },
  };
}

/** Sends to whoever listens on the Unix socket, and connects again whenever that one is gone. */
export function notesSender(socket_path: string): NotesTransport {
  const queue: string[] = [];
  let queued = 0;
  let socket: Socket | undefined;
  let timer: NodeJS.Timeout | undefined;
  let pause = RECONNECT_MS.first;
  let closed = false;

  const flush = () => {
    while (socket && !socket.writableNeedDrain) {
      const line = queue.shift();
      if (line === undefined) return;
      queued -= line.length - 1;
      socket.write(line);
    }
  };
  const connect = () => {
    const next = netConnect(socket_path);
    next.unref();
    next.on('connect', () => {
      socket = next;
      pause = RECONNECT_MS.first;
      flush();
    });
    next.on('drain', flush);
    next.on('error', () => {}); // followed by close
    next.on('close', () => {
      socket = undefined;
      if (closed) return;
      timer = setTimeout(connect, pause).unref();
      pause = Math.min(pause * 2, RECONNECT_MS.longest);
    });
    next.resume();
  };
  connect();

  return {
    send(_job_id, text) {
      if (closed) return;
      queue.push(`${text}\n`);
      queued += text.length;
      while (queue.length > QUEUE_LIMIT || queued > QUEUED_CHARS) queued -= (queue.shift()?.length ?? 1) - 1;
      flush();
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      if (!socket) return;
      const ended = once(socket, 'close');
      // What was written goes out, unless the listener does not read.
      socket.ref().end();
      socket.setTimeout(500, () => socket?.destroy());
      await ended.catch(() => {});
    },
  };
}

function readNotes(socket: Socket, receive: (text: string) => void): void {
  socket.unref();
  socket.on('error', () => {}); // a sender that went away
  createInterface({ input: socket, crlfDelay: Number.POSITIVE_INFINITY }).on('line', receive);
}
