import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { until } from '../setup/until.ts';

const LIFELINE = join(import.meta.dirname, '../../runtime/lifeline.ts');
const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** A process that says `up`, and runs `stop` at its end. */
async function startHalf(stop: string, options: { launched: boolean; graceSeconds?: number }) {
  const script = `
    import { stopAtLauncherEnd } from '${LIFELINE}';
    process.stdin.on('end', () => setTimeout(() => console.log('still here'), 100)).resume();
    setInterval(() => {}, 1000);
    stopAtLauncherEnd(async () => { ${stop} }, ${JSON.stringify({ graceSeconds: options.graceSeconds })});
    console.log('up', process.env.ORCHESTRATOR_LAUNCHED);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    env: { ...process.env, ...(options.launched ? { ORCHESTRATOR_LAUNCHED: '1' } : {}) },
  });
  children.push(child);
  let text = '';
  child.stdout.on('data', (chunk) => (text += chunk));
  await until(() => text.includes('up'), { what: 'the process to be up' });
  return { child, output: () => text, ended: once(child, 'exit') };
}

describe('the lifeline', () => {
  it('stops gracefully, once, when the launcher is gone', async () => {
    const half = await startHalf(`console.log('stopped')`, { launched: true });
    half.child.stdin!.destroy();
    expect(await half.ended).toEqual([0, null]);
    expect(half.output()).toBe('up undefined\nstopped\n'); // and what it starts does not inherit the mark
  });

  it('leaves a half that was started alone running at the end of its input, and stops it on SIGTERM', async () => {
    const half = await startHalf(`console.log('stopped')`, { launched: false });
    half.child.stdin!.end();
    await until(() => half.output().includes('still here'), { what: 'life after the end of the input' });
    half.child.kill('SIGTERM');
    expect(await half.ended).toEqual([0, null]);
    expect(half.output()).toBe('up undefined\nstill here\nstopped\n');
  });

  it('ends with 1 when stopping fails, or takes too long', async () => {
    const failing = await startHalf(`throw new Error('no')`, { launched: true });
    failing.child.stdin!.end();
    expect(await failing.ended).toEqual([1, null]);
    const stuck = await startHalf('await new Promise(() => {})', { launched: true, graceSeconds: 0.2 });
    stuck.child.stdin!.end();
    expect(await stuck.ended).toEqual([1, null]);
  });

  it('ends at once at a second signal', async () => {
    const half = await startHalf(`console.log('stopping'); await new Promise(() => {})`, { launched: false });
    half.child.kill('SIGINT');
    await until(() => half.output().includes('stopping'), { what: 'the first signal to be taken' });
    half.child.kill('SIGINT');
    expect(await half.ended).toEqual([1, null]);
  });
});
