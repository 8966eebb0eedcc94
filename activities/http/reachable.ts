import { connect } from 'node:net';

const PROBE_MS = 2000;

/** Whether somebody takes connections at an address over HTTP; nothing is sent. */
export function isReachable(base_url: string): Promise<boolean> {
  const { hostname, port, protocol } = new URL(base_url);
  return new Promise((resolve) => {
    const socket = connect({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: Number(port) || (protocol === 'https:' ? 443 : 80),
      timeout: PROBE_MS,
    });
    const end = (answer: boolean) => () => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', end(true));
    socket.once('timeout', end(false));
    socket.once('error', end(false));
  });
}
