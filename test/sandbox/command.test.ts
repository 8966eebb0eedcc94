import { existsSync, readdirSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noSandbox, type Sandbox } from '../../activities/sandbox/sandbox.ts';
import { tempFolder } from '../command/setup.ts';
import { MISSING, run, sandboxOf } from './setup.ts';

describe.skipIf(MISSING)(`what a command has in a sandbox${MISSING ? ` (${MISSING})` : ''}`, () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await sandboxOf();
  });
  afterAll(() => sandbox.close());

  test('its stdin, its context, its exit code, its programs, and Node', async () => {
    const command = 'cat; echo; cat $ORCHESTRATOR_CONTEXT; node -p 6*7; git --version; exit 3';
    const { stdout, exit_code } = await run(sandbox, command);
    expect(exit_code).toBe(3);
    const context = '{"task":{"task_id":"build"},"dependencies":[]}';
    expect(stdout).toMatch(new RegExp(`^${context.replaceAll(/[{}[\]]/g, '\\$&')}\\n.*\\n?42\\ngit version`));
  });

  test('an argv as it is, with line ends, quotes and nothing', async () => {
    const { stdout } = await run(sandbox, ['printf', '%s|', 'a b', "'", '', '$HOME', 'two\nlines']);
    expect(stdout).toBe("a b|'||$HOME|two\nlines|");
  });

  test('a home and a /tmp of its own, empty at first and gone afterwards', async () => {
    const { stdout, folder } = await run(sandbox, 'ls -A ~ /tmp/x; cd; pwd; touch ~/a /tmp/b; echo $TMPDIR');
    expect(stdout.trim().split('\n').at(-1)).toBe('/tmp');
    expect(readdirSync(join(folder, 'run')).sort()).toEqual(['context.json', 'stderr.log', 'stdout.log']);
  });

  test('a home that stays where a task has one', async () => {
    const home = join(await tempFolder(), 'home');
    await run(sandbox, 'echo kept > ~/file', { guard: { home } });
    expect((await run(sandbox, 'cat ~/file', { guard: { home } })).stdout).toBe('kept\n');
    expect(await readFile(join(home, 'file'), 'utf8')).toBe('kept\n');
  });

  test('time to clean up when it is cancelled', async () => {
    const abort = new AbortController();
    const result = await run(
      sandbox,
      `trap 'echo cleaned; exit 3' TERM; echo ready; while :; do sleep 0.02; done`,
      { signal: abort.signal, on_line: ({ text }) => text === 'ready' && abort.abort() },
    );
    expect(result).toMatchObject({ cancelled: true, exit_code: 3, stdout: 'ready\ncleaned\n' });
  });

  test('an end when it does not, with all that it started', async () => {
    const abort = new AbortController();
    const folder = await tempFolder();
    const running = run(
      sandbox,
      `trap '' TERM; (trap '' TERM; setsid sleep 300) & sleep 300 & echo up; while :; do sleep 0.05; done`,
      {
        cwd: folder,
        guard: { view: { writable: [folder], hidden: [], readable: [] } },
        signal: abort.signal,
        kill_grace_seconds: 0.2,
        on_line: () => abort.abort(),
      },
    );
    expect(await running).toMatchObject({ cancelled: true, stdout: 'up\n' });
  });

  test('what it left running is ended with it', async () => {
    const { stdout, exit_code } = await run(sandbox, 'setsid sleep 300 & (sleep 300 &) ; echo done');
    expect({ stdout, exit_code }).toEqual({ stdout: 'done\n', exit_code: 0 });
  });

  test.for([
    ['a program that is nowhere', ['nosuch'], 'command_not_found'],
    ['a file that is no program', ['./file'], 'command_not_executable'],
    ['arguments without end', ['true', 'x'.repeat(3_000_000)], 'arguments_too_long'],
  ] as const)('the errors of the system for %s', async ([, command, code]) => {
    const { folder } = await run(sandbox, 'touch file');
    const cwd = join(folder, 'job');
    const view = { writable: [cwd], hidden: [], readable: [] };
    for (const box of [sandbox, 'none' as const]) {
      await expect(run(box, [...command], { cwd, guard: { view } })).rejects.toMatchObject({ code });
    }
  });

  test('a program whose interpreter it does not see is told as such', async () => {
    const outside = await tempFolder();
    const { folder } = await run(sandbox, `printf '#!${outside}/sh\\n' > script; chmod +x script`);
    const cwd = join(folder, 'job');
    const view = { writable: [cwd], hidden: [], readable: [] };
    const closed = await sandboxOf({ network: 'none' });
    await expect(run(closed, ['./script'], { cwd, guard: { view } })).rejects.toMatchObject({
      code: 'command_not_found',
      message: expect.stringContaining('sandbox.readable'),
    });
    await closed.close();
  });

  test('a folder outside of it is refused by name, unless the configuration lets it in', async () => {
    const outside = await tempFolder();
    await mkdir(join(outside, 'in'));
    const refused = run(sandbox, 'true', { cwd: join(outside, 'in') });
    await expect(refused).rejects.toMatchObject({
      code: 'cwd_not_in_sandbox',
      message: expect.stringContaining('sandbox.writable'),
    });
    const wider = await sandboxOf({ writable: [outside] });
    await run(wider, 'echo made > file', { cwd: join(outside, 'in') });
    expect(existsSync(join(outside, 'in', 'file'))).toBe(true);
    await wider.close();
  });
});

describe('limits of what a command takes', () => {
  const EATER = `node -e 'const a = []; setInterval(() => a.push(Buffer.alloc(20e6, 1)), 20)'`;
  const FORKS = 'for i in $(seq 60); do sleep 300 & done; wait';

  test.for([
    ['memory', { memory_mb: 400 }, EATER, 'took more than 400 MB of memory (sandbox.memory_mb)'],
    ['processes', { processes: 30 }, FORKS, 'ran more than 30 processes at once (sandbox.processes)'],
  ] as const)('%s ends it, with a sandbox and without', async ([, limits, command, ended_because]) => {
    const boxes = [noSandbox({ limits }), ...(MISSING ? [] : [await sandboxOf(limits)])];
    for (const box of boxes) {
      expect(await run(box, command)).toMatchObject({ ended_because, cancelled: false });
      await box.close();
    }
  });

  test.skipIf(MISSING)('processor time ends a process', async () => {
    const box = await sandboxOf({ cpu_seconds: 1 });
    expect((await run(box, 'while :; do :; done')).exit_code).toBeGreaterThan(128);
    await box.close();
  });
});

describe('a host that can have no sandbox', () => {
  test('refuses commands where one is demanded, and says why', async () => {
    const none = noSandbox({ required: true, reason: 'bubblewrap is not installed' });
    await expect(run(none, 'true')).rejects.toMatchObject({
      code: 'sandbox_unavailable',
      message: expect.stringContaining('bubblewrap is not installed'),
    });
  });

  test('runs them as before where one is merely wanted', async () => {
    expect(await run(noSandbox({ reason: 'bubblewrap is not installed' }), 'echo ran')).toMatchObject({
      stdout: 'ran\n',
    });
  });
});
