import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Sandbox } from '../../activities/sandbox/sandbox.ts';
import { isRunning, tempFolder } from '../command/setup.ts';
import { until } from '../setup/until.ts';
import { MISSING, run, sandboxOf } from './setup.ts';

const SECRET = 'what nobody may read';

describe.skipIf(MISSING)(`a command in a sandbox${MISSING ? ` (${MISSING})` : ''}`, () => {
  let sandbox: Sandbox;
  let data_dir: string;
  let server: Server;
  let port: number;
  const at_home = join(homedir(), `.orchestrator-test-${process.pid}`);
  const socket = () => join(data_dir, 'server.sock');

  beforeAll(async () => {
    data_dir = await tempFolder();
    await mkdir(join(data_dir, 'other', '.attempts', 'b'), { recursive: true });
    await writeFile(join(data_dir, 'orchestrator.db'), SECRET);
    await writeFile(join(data_dir, 'other', 'file'), SECRET);
    await writeFile(at_home, SECRET);
    sandbox = await sandboxOf({}, { data_dir });
    server = createServer((_, response) => response.end(SECRET)).listen(0, '127.0.0.1');
    const local = createServer((_, response) => response.end(SECRET)).listen(socket());
    await Promise.all([server, local].map((one) => new Promise((done) => one.once('listening', done))));
    port = (server.address() as AddressInfo).port;
    afterAll(() => void local.close());
  });

  afterAll(async () => {
    server.close();
    await sandbox.close();
    await rm(at_home, { force: true });
  });

  /** What each of them prints shows whether it came through. */
  const ESCAPES: [string, () => string, RegExp][] = [
    ["read the service's database", () => `cat ${data_dir}/orchestrator.db`, /nobody/],
    ["read another job's folder", () => `cat ${data_dir}/other/file`, /nobody/],
    ["write another job's folder", () => `echo mine > ${data_dir}/other/mine && echo written`, /written/],
    ['read a home folder', () => `cat ${at_home}`, /nobody/],
    ["read the worker's environment", () => `tr '\\0' '\\n' </proc/${process.pid}/environ`, /^PATH=/m],
    ["see the worker's process", () => `kill -0 ${process.pid} && echo seen`, /seen/],
    ["read the worker's memory", () => `head -c 1 /proc/${process.pid}/maps`, /./],
    ['reach a port of the host', () => `curl -sS http://127.0.0.1:${port}/`, /nobody/],
    ['reach a socket of the host', () => `curl -sS --unix-socket ${socket()} http://x/`, /nobody/],
  ];

  test.for(ESCAPES)('does not %s', async ([, command, proof]) => {
    expect((await run('none', command())).stdout).toMatch(proof);
    expect((await run(sandbox, command())).stdout).not.toMatch(proof);
  });

  test('does not reach a port of the host by the proxy, whatever it is called', async () => {
    const ask = (host: string) => run(sandbox, `no_proxy= NO_PROXY= curl -sS ${host}`);
    for (const host of [
      `http://127.0.0.1:${port}/`,
      `http://[::ffff:127.0.0.1]:${port}/`,
      'http://169.254.169.254/',
    ]) {
      expect((await ask(host)).stdout).toMatch(/is not a public address/);
    }
    expect((await ask('-x http://127.0.0.1:3128 -p http://127.0.0.1/')).stderr_tail).toMatch(/403/);
  });

  test('leaves no process behind that gave up its session, its parents, its environment and its mark', async () => {
    const command = `(echo 0x33 > /proc/self/coredump_filter; exec setsid env -i sh -c 'sleep 600 & echo $!' ) </dev/null 2>/dev/null | head -1`;
    const left = Number((await run('none', command)).stdout);
    expect(await isRunning(left)).toBe(true);
    process.kill(left, 'SIGKILL');
    const marked = `sleep 600.${process.pid}`;
    const running = () =>
      readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && commandLine(pid).includes(marked)).length;
    await run(sandbox, command.replace('sleep 600', marked));
    await until(() => running() === 0, { what: 'what was left to end' });
  });

  test('finds the system read-only, and can not change that', async () => {
    const { stdout } = await run(
      sandbox,
      `for path in / /usr /etc /dev /usr/bin/env; do touch $path/x 2>/dev/null || touch $path 2>/dev/null && echo wrote $path; done
       mount -o remount,rw /usr 2>/dev/null && echo remounted
       umount /etc 2>/dev/null && echo unmounted
       mknod ./disk b 254 0 2>/dev/null && echo made
       grep CapEff /proc/self/status; grep NoNewPrivs /proc/self/status`,
    );
    expect(stdout).toMatch(/^CapEff:\s+0+\nNoNewPrivs:\s+1\n$/);
  });

  test('does not see what other attempts of its job left', async () => {
    const { job } = await run(sandbox, 'true');
    const attempts = join(job, '.attempts');
    const own = join(attempts, 'a', '1');
    await mkdir(join(attempts, 'b'), { recursive: true });
    await mkdir(own, { recursive: true });
    await writeFile(join(attempts, 'b', 'log'), SECRET);
    const rest = {
      cwd: job,
      artifacts_dir: join(own, 'artifacts'),
      context_file: join(own, 'context.json'),
      stdout_file: join(own, 'stdout.log'),
      stderr_file: join(own, 'stderr.log'),
      guard: { view: { writable: [job], hidden: [attempts], readable: [] } },
    };
    const command =
      'find .attempts -type f; echo kept > $ORCHESTRATOR_ARTIFACTS/a; echo x >> $ORCHESTRATOR_CONTEXT; ls .attempts';
    const seen = await run(sandbox, command, rest);
    expect(seen.stdout).toBe('.attempts/a/1/context.json\na\n');
    expect(existsSync(join(own, 'artifacts', 'a'))).toBe(true);
    expect((await run('none', command, rest)).stdout).toContain('b/log');
  });

  test('has no say in how its sandbox is made: neither by PATH nor by what the dynamic linker obeys', async () => {
    const { job, folder } = await run(sandbox, 'true');
    await writeFile(join(job, 'bwrap'), `#!/bin/sh\necho escaped > ${folder}/escaped\n`);
    await chmod(join(job, 'bwrap'), 0o755);
    const env = { PATH: `${job}:/usr/bin:/bin`, LD_DEBUG: 'all', LD_DEBUG_OUTPUT: join(folder, 'linked') };
    const { exit_code } = await run(sandbox, 'true', {
      cwd: job,
      env,
      guard: { view: { writable: [job], hidden: [], readable: [] } },
    });
    expect(exit_code).toBe(0);
    expect(readdirSync(folder).filter((name) => /^(escaped|linked)/.test(name))).toEqual([]);
  });

  test('shows its secrets in no list of processes of the host', async () => {
    const env = { TOKEN: `planted-${process.pid}` };
    const { stdout } = await run(sandbox, 'echo $TOKEN | wc -c; sleep 0.3', {
      env,
      on_line: () => {
        for (const pid of readdirSync('/proc')) {
          if (/^\d+$/.test(pid)) expect(commandLine(pid)).not.toContain(env.TOKEN);
        }
      },
    });
    expect(Number(stdout)).toBe(env.TOKEN.length + 1);
  });

  test('has no terminal to type into', async () => {
    const { stdout } = await run(sandbox, '(: </dev/tty) 2>/dev/null && echo terminal; tty');
    expect(stdout).toBe('not a tty\n');
  });
});

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
