const LOOPBACK_NAMES = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** Whether an address to bind to is reached from this machine only. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);

/** Whether a Host header names this machine, and not a name that was rebound to it. */
export const namesLoopback = (host: string): boolean =>
  LOOPBACK_NAMES.test(host.replace(/:\d*$/, '').toLowerCase());
