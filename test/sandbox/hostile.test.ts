import { existsSync, readdirSync } from 'node:fs';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bubblewrapOptions } from '../../activities/sandbox/bubblewrap.ts';
import type { Sandbox } from '../../activities/sandbox/sandbox.ts';
import { keptFromOthers, systemPaths } from '../../activities/sandbox/system.ts';
import { tempFolder } from '../command/setup.ts';
import { MISSING, run, sandboxOf } from './setup.ts';

/** Shows that it runs in a sandbox before it does what would harm the host. */
const INSIDE = '[ "$(cat /proc/1/comm)" = bwrap ] || exit 99\n';

describe.skipIf(MISSING)(`a hostile command in a sandbox${MISSING ? ` (${MISSING})` : ''}`, () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await sandboxOf();
  });
  afterAll(() => sandbox.close());

  test('can not change settings of the kernel, a program that it runs for crashes among them, as root either', async () => {
    const { stdout } = await run(
      sandbox,
      `find /proc/sys /proc/acpi /proc/driver /proc/fs /proc/scsi /proc/mtrr /proc/sysrq-trigger -writable 2>/dev/null`,
    );
    expect(stdout).toBe('');
  });

  test('adds nothing to how its sandbox is made by a NUL in a variable', async () => {
    const escaped = await tempFolder();
    const env = { A: `x\0--bind\0${escaped}\0/tmp/escaped` };
    await expect(run(sandbox, 'touch /tmp/escaped/x', { env })).rejects.toMatchObject({
      code: 'command_start_failed',
      message: expect.stringContaining('NUL'),
    });
    expect(readdirSync(escaped)).toEqual([]);
  });

  test('has the proxy without socat in its PATH, and all of its own variables', async () => {
    const env = { PATH: '/nonexistent', looks: '1', at: '2', carrier: '3' };
    const { stdout } = await run(
      sandbox,
      ['/bin/sh', '-c', 'echo $PATH $looks $at $carrier; /usr/bin/curl -sS http://127.0.0.1:3128/'],
      { env },
    );
    expect(stdout).toMatch(/^\/nonexistent 1 2 3\nThis is a proxy/);
  });

  test('is begun where its environment lets no carrier of connections run', async () => {
    const env = {
      LD_PRELOAD: '/nonexistent.so',
      SOCAT_DEFAULT_LISTEN_IP: 'x',
      ENV: '/dev/zero',
      BASH_ENV: '/dev/null',
    };
    expect((await run(sandbox, 'echo begun', { env })).stdout).toBe('begun\n');
  });

  test('leaves folders behind that are deeper than paths can be, and they are removed', async () => {
    const { stdout, folder } = await run(sandbox, [
      'python3',
      '-c',
      `import os
os.chdir('/tmp')
for i in range(100): os.mkdir('d' * 100); os.chdir('d' * 100)
os.chmod('.', 0); print('deep')`,
    ]);
    expect(stdout).toBe('deep\n');
    expect(readdirSync(join(folder, 'run')).sort()).toEqual(['context.json', 'stderr.log', 'stdout.log']);
  });

  test.for([
    ['a program whose name is too long', 'x'.repeat(5000)],
    ['a link to itself', './loop'],
  ])('is refused in words: %s', async ([, program]) => {
    const { job } = await run(sandbox, 'ln -s loop loop');
    const view = { writable: [job], hidden: [], readable: [] };
    await expect(run(sandbox, [program!], { cwd: job, guard: { view } })).rejects.toMatchObject({
      name: 'CommandStartError',
    });
  });

  test('ends nothing but itself, and takes its processes along', async () => {
    const { stdout } = await run(
      sandbox,
      `${INSIDE}kill -9 1; kill -TERM 1; echo alive; (setsid sleep 600 &)`,
    );
    expect(stdout).toBe('alive\n');
  });

  test('finds its /tmp empty, whatever an earlier start left there', async () => {
    const { folder } = await run(sandbox, 'true');
    const own = join(folder, 'again');
    await mkdir(join(own, 'tmp'), { recursive: true });
    await symlink('../../oldroot/tmp', join(own, 'tmp', 'left'));
    const { stdout } = await run(sandbox, 'ls -A /tmp | grep left; echo listed', {
      context_file: join(own, 'context.json'),
    });
    expect(stdout).toBe('listed\n');
  });

  test('sees nothing of the data folder where the configuration shows a folder above it, or a link leads to it', async () => {
    const above = await tempFolder();
    const data_dir = join(above, 'data');
    const link = join(await tempFolder(), 'link');
    await mkdir(data_dir);
    await writeFile(join(data_dir, 'orchestrator.db'), 'what nobody may read');
    await writeFile(join(above, 'shown'), 'shown');
    await symlink(data_dir, link);
    for (const dir of [data_dir, link]) {
      const shows = await sandboxOf({ readable: [above] }, { data_dir: dir });
      const { stdout } = await run(shows, `cat ${above}/shown ${data_dir}/orchestrator.db`);
      await shows.close();
      expect(stdout).toBe('shown');
    }
  });

  test('works in a folder that a link in a folder that it sees leads to', async () => {
    const shown = await tempFolder();
    const elsewhere = await tempFolder();
    await symlink(elsewhere, join(shown, 'work'));
    await mkdir(join(elsewhere, 'job'));
    const shows = await sandboxOf({ readable: [shown] });
    const cwd = join(shown, 'work', 'job');
    const view = { writable: [cwd], hidden: [], readable: [] };
    await run(shows, 'echo mine > file', { cwd, guard: { view } });
    await shows.close();
    expect(existsSync(join(elsewhere, 'job', 'file'))).toBe(true);
  });
});

test('what is kept from other users is kept from programs, whoever the worker is', async () => {
  const service = await tempFolder();
  expect(systemPaths('/usr/bin', service).masked).toContain('/etc/shadow');
  // not in /etc: other workers of this host would come upon it there
  const etc = await tempFolder();
  const [open, closed] = [join(etc, 'open'), join(etc, 'closed')];
  const key = join(open, 'key');
  await mkdir(open);
  await chmod(open, 0o755);
  await mkdir(closed, { mode: 0o700 });
  await writeFile(key, 'what nobody may read', { mode: 0o640 });
  await writeFile(join(etc, 'hosts'), 'what all may read');
  await chmod(join(etc, 'hosts'), 0o644);
  const { files, folders } = keptFromOthers(etc);
  expect({ files, folders }).toEqual({ files: [key], folders: [closed] });
  const system = { programs: [], readable: ['/usr', etc], masked: files, closed: folders };
  const host = { system, hidden: [], readable: [], writable: [], socat: '' };
  const view = {
    writable: [],
    hidden: [],
    readable: [],
    network: 'none' as const,
    tmp: service,
    home: service,
  };
  const options = bubblewrapOptions(host, view, { cwd: '/', env: {} }).split('\0');
  expect(options[options.indexOf(key) - 1]).toBe('/dev/null');
  expect(options[options.indexOf(closed) - 1]).toBe('--tmpfs');
});

test('what is kept and has gone since the worker started is in no way of a sandbox', () => {
  const system = {
    programs: ['/usr'],
    readable: ['/usr'],
    masked: ['/usr/gone-file'],
    closed: ['/usr/gone-folder'],
  };
  const host = { system, hidden: ['/usr/gone-data'], readable: [], writable: [], socat: '' };
  const view = {
    writable: [],
    hidden: [],
    readable: [],
    network: 'none' as const,
    tmp: '/tmp',
    home: '/tmp',
  };
  expect(bubblewrapOptions(host, view, { cwd: '/', env: {} })).not.toContain('gone');
});
