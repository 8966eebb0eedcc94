import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../setup/until.ts';

/** Holds a command of a job until a test lets it go on. */
export interface Gate {
  /** shell text that waits, at most a minute */
  wait: string;
  /** waits until a command waits */
  reached(): Promise<unknown>;
  open(): void;
  remove(): void;
}

export function makeGate(parent = tmpdir()): Gate {
  const folder = mkdtempSync(join(parent, 'orchestrator-gate-'));
  const [there, opened] = [join(folder, 'there'), join(folder, 'open')];
  return {
    wait: `touch ${there}; n=0; while [ ! -e ${opened} ] && [ $n -lt 600 ]; do n=$((n+1)); sleep 0.1; done`,
    reached: () => until(() => existsSync(there), { what: 'a command at its gate' }),
    open: () => writeFileSync(opened, ''),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
