import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';

const SURVIVAL = join(import.meta.dirname, '../../runtime/survival.ts');
const LOG = join(import.meta.dirname, '../../telemetry/log/log.ts');
const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** A process under the policy that runs a script, and says on stderr what it is told. */
function start(script: string, { mayEnd = true, stdout = 'pipe' as 'pipe' | number } = {}) {
  const source = `
    import { survive } from '${SURVIVAL}';
    survive({ mayEnd: ${mayEnd}, tell: (text) => console.error(text) });
    const fail = (code) => Object.assign(new Error('it is ' + code), { code });
    ${script}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: ['ignore', stdout, 'pipe'],
  });
  children.push(child);
  let told = '';
  child.stderr!.on('data', (chunk) => (told += chunk));
  return { child, told: () => told, ended: once(child, 'close') };
}

describe('what may end a process of ours', () => {
  it('is no error that says what the system lacks, or that somebody has hung up', async () => {
    const { told, ended } = start(`
      for (const code of ['ENOSPC', 'EMFILE', 'EPIPE']) void Promise.reject(fail(code));
      setTimeout(() => { throw fail('EROFS'); }, 1);
      setTimeout(() => { console.error('still here'); process.exit(0); }, 50);`);
    expect(await ended).toEqual([0, null]);
    for (const code of ['ENOSPC', 'EMFILE', 'EPIPE', 'EROFS'])
      expect(told()).toContain(`uncaught error: it is ${code}; going on`);
    expect(told()).toContain('still here');
  });

  it('is any other error that nobody caught, except for the launcher', async () => {
    const half = start(`setInterval(() => {}, 1000); void Promise.reject(new TypeError('a mistake'));`);
    expect(await half.ended).toEqual([1, null]);
    expect(half.told()).toContain('uncaught error: a mistake; ending');
    const launcher = start(
      `setTimeout(() => process.exit(0), 50); void Promise.reject(new TypeError('a mistake'));`,
      { mayEnd: false },
    );
    expect(await launcher.ended).toEqual([0, null]);
    expect(launcher.told()).toContain('uncaught error: a mistake; going on');
  });

  it('is no output that nobody takes', async () => {
    const noisy = `
      import { createLog } from '${LOG}';
      const log = createLog({ component: 'x', terminal: process.stdout });
      setInterval(() => { log.info('a line'); process.stdout.write('words\\n'); }, 5);
      setTimeout(() => process.exit(7), 300);`;
    const gone = start(noisy);
    gone.child.stdout!.once('data', () => gone.child.stdout!.destroy());
    expect(await gone.ended).toEqual([7, null]);

    const full = openSync('/dev/full', 'w');
    const toFull = start(noisy, { stdout: full });
    closeSync(full);
    expect(await toFull.ended).toEqual([7, null]);
  });
});
