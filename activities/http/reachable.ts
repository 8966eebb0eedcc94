import { connect } from 'node:net';
import { bareHost } from '../../config/private-hosts.ts';
import { guardedLookup } from '../tools/http/guard.ts';
import type { Outgoing } from '../tools/http/open.ts';

const PROBE_MS = 2000;

/** Whether somebody takes connections at an address over HTTP that requests may go to; nothing is sent. */
export function isReachable({ tools, lookup }: Outgoing, base_url: string): Promise<boolean> {
  const url = new URL(base_url);
  return new Promise<boolean>((resolve) => {
    const socket = connect({
      host: bareHost(url.hostname),
      port: Number(url.port) || (url.protocol === 'https:' ? 443 : 80),
      lookup: guardedLookup(url, tools.allow_private_hosts, lookup),
      timeout: PROBE_MS,
    });
    const end = (answer: boolean) => () => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', end(true));
    socket.once('timeout', end(false));
    socket.once('error', end(false));
  }).catch(() => false); // an address that is refused
}
