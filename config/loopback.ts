import { isIPv4 } from 'node:net';

const isLoopbackAddress = (host: string): boolean => isIPv4(host) && host.startsWith('127.');

/** Whether an address to bind to is reached from this machine only. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || isLoopbackAddress(host);

/** Whether a Host header names this machine, and not a name that was rebound to it. */
export function namesLoopback(host: string): boolean {
  const name = host.replace(/:\d*$/, '').toLowerCase();
  return name === 'localhost' || name === '[::1]' || isLoopbackAddress(name);
}
