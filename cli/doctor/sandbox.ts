import type { Sandbox } from '../../activities/sandbox/sandbox.ts';
import type { Config } from '../../contracts/config.ts';
import type { Check } from './check.ts';

/** What guards the programs that a worker of this machine starts. */
export function sandboxCheck(sandbox: Sandbox, { mode }: Config['sandbox']): Check {
  const name = 'Sandbox';
  if (sandbox.kind !== 'none') {
    const reach = sandbox.networkOf(undefined, { planned: false });
    return { name, state: 'ok', detail: `${sandbox.kind}; commands reach ${REACH[reach]}` };
  }
  if (mode === 'off') {
    return { name, state: 'note', detail: 'off: commands can do what the user of the worker can' };
  }
  const what = sandbox.required
    ? 'no command runs without one (sandbox.mode: required)'
    : 'commands can do what the user of the worker can';
  const fix = 'see docs/sandbox.md';
  return { name, state: sandbox.required ? 'missing' : 'note', detail: `${sandbox.reason}; ${what}`, fix };
}

const REACH = {
  none: 'nothing',
  'allow-list': 'what sandbox.allowed_hosts names',
  open: "the host's network",
} as const;
