import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** A port that was free a moment ago. */
export interface ChosenPort {
  port: number;
  /** True when a stranger holds the wanted one. */
  moved: boolean;
}

/** How many ports above the wanted one are tried before any free one is taken. */
const NEIGHBOURS = 50;

/** True when this process could listen there now. */
export function isPortFree(port: number, host: string): Promise<boolean> {
  return listenOnce(port, host).then(
    () => true,
    () => false,
  );
}

/** Any port that is free on `host` now. */
export function freePort(host: string): Promise<number> {
  return listenOnce(0, host);
}

/** The wanted port (0: any), or the next free one above it when a stranger has it; never one of `taken`. */
export async function choosePort(
  wanted: number,
  host: string,
  taken: readonly number[] = [],
): Promise<ChosenPort> {
  if (wanted === 0) return { port: await freePort(host), moved: false };
  const last = Math.min(wanted + NEIGHBOURS, 65_535);
  for (let port = wanted; port <= last; port++) {
    if (!taken.includes(port) && (await isPortFree(port, host))) return { port, moved: port !== wanted };
  }
  return { port: await freePort(host), moved: true };
}

/**
 * A place on this machine that a web page can't find by trying: any of 16 million loopback addresses, and any port.
 * Where the system has one loopback address only (macOS), it is that one, and only the port is a guess.
 */
export async function hiddenPlace(): Promise<{ ip: string; port: number }> {
  const ip = `127.${randomInt(1, 255)}.${randomInt(256)}.${randomInt(1, 255)}`;
  const port = await freePort(ip).catch(() => undefined);
  return port === undefined ? { ip: '127.0.0.1', port: await freePort('127.0.0.1') } : { ip, port };
}

function listenOnce(port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(address && typeof address === 'object' ? address.port : port));
    });
  });
}
