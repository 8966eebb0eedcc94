import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { CommandLostError } from '../../activities/command/errors.ts';
import { runCommand } from '../../activities/command/run.ts';
import { spawnerPid } from '../../activities/process/spawn.ts';
import { supervisorPid } from '../../activities/process/supervision.ts';
import { isShortage } from '../../config/shortage.ts';
import { until } from '../setup/until.ts';
import { isRunning, prepare, readPids, tempFolder } from './setup.ts';

// A child, a grandchild in a session of its own, and one that has also lost its parent.
const FAMILY = `
  echo $$ >> pids
  sleep 300 & echo $! >> pids
  setsid sh -c 'echo $$ >> pids; sleep 300; :' &
  (setsid sh -c 'echo $$ >> pids; sleep 300; :' &)
  wait`;
const FAMILY_SIZE = 4;

async function openDescriptors(): Promise<number> {
  return (await readdir('/proc/self/fd')).length;
}

async function allGone(pids: number[]): Promise<boolean> {
  return (await Promise.all(pids.map(isRunning))).every((running) => !running);
}

test('abort kills the whole family, also what left the process group', async () => {
  const abort = new AbortController();
  const { request, folder } = await prepare(FAMILY, { signal: abort.signal });
  const running = runCommand(request);
  const pids = await until(() => readPids(join(folder, 'pids'), FAMILY_SIZE), { what: 'the family' });
  abort.abort();
  expect(await running).toMatchObject({ cancelled: true, exit_code: null, signal: 'SIGTERM' });
  expect(await allGone(pids)).toBe(true);
});

test('what ignores SIGTERM is killed after the grace', async () => {
  const abort = new AbortController();
  const { request, folder } = await prepare(
    `trap '' TERM; echo $$ >> pids; (trap '' TERM; while :; do sleep 0.05; done) & echo $! >> pids; wait`,
    { signal: abort.signal, kill_grace_seconds: 0.2 },
  );
  const running = runCommand(request);
  const pids = await until(() => readPids(join(folder, 'pids'), 2), { what: 'both processes' });
  const aborted_at = performance.now();
  abort.abort();
  expect(await running).toMatchObject({ cancelled: true, signal: 'SIGKILL' });
  expect(performance.now() - aborted_at).toBeGreaterThan(190);
  expect(await allGone(pids)).toBe(true);
});

test('a command that cleans up on SIGTERM may finish, and counts as cancelled', async () => {
  const abort = new AbortController();
  const { request } = await prepare(
    `trap 'echo cleaned; exit 3' TERM; echo ready; while :; do sleep 0.02; done`,
    {
      signal: abort.signal,
      on_line: ({ text }) => text === 'ready' && abort.abort(),
    },
  );
  const result = await runCommand(request);
  expect(result).toMatchObject({ cancelled: true, exit_code: 3, stdout: 'ready\ncleaned\n' });
});

test('nothing is started when the abort came first', async () => {
  const { request, folder } = await prepare('touch started', { signal: AbortSignal.abort() });
  expect(await runCommand(request)).toMatchObject({ cancelled: true, exit_code: null, duration_seconds: 0 });
  expect(await readdir(folder)).not.toContain('started');
});

test('an abort before the start leaves no descriptor open', async () => {
  await runCommand((await prepare('true')).request);
  const before = await openDescriptors();
  const abort = new AbortController();
  // as many as use up several batches of pipes, aborted while they are getting ready
  const runs = await Promise.all(Array.from({ length: 40 }, () => prepare('true', { signal: abort.signal })));
  const results = Promise.all(runs.map(({ request }) => runCommand(request)));
  abort.abort();
  for (const result of await results) expect(result.cancelled).toBe(true);
  // up to a batch of 16 pipes is kept ready
  await until(async () => (await openDescriptors()) <= before + 32, { what: 'the descriptors to be closed' });
});

test('background processes do not outlive their command', async () => {
  const { request, folder } = await prepare(
    'sleep 300 & echo $! > pids; sleep 300 >/dev/null 2>&1 & echo $! >> pids; echo done',
  );
  const result = await runCommand(request);
  expect(result).toMatchObject({ exit_code: 0, stdout: 'done\n', cancelled: false });
  expect(await allGone((await readPids(join(folder, 'pids'), 2))!)).toBe(true);
});

test('a daemon that holds stdout open is killed and does not hang the result', async () => {
  const { request, folder } = await prepare(
    `(setsid sh -c 'echo $$ > pids; sleep 300; :' &) ; until [ -s pids ]; do sleep 0.01; done; echo done`,
  );
  expect(await runCommand(request)).toMatchObject({ exit_code: 0, stdout: 'done\n' });
  expect(await allGone((await readPids(join(folder, 'pids'), 1))!)).toBe(true);
});

test('a quiet daemon is swept up soon after its command', async () => {
  const { request, folder } = await prepare(
    `(setsid sh -c 'echo $$ > pids; exec sleep 300' >/dev/null 2>&1 &); until [ -s pids ]; do sleep 0.01; done`,
  );
  expect((await runCommand(request)).exit_code).toBe(0);
  const pids = (await readPids(join(folder, 'pids'), 1))!;
  await until(() => allGone(pids), { what: 'the end of the daemon' });
});

test('an escaped daemon, which nobody can find, does not hang the result', async () => {
  const { request, folder } = await prepare(
    // it takes off its mark, which no program does by accident
    `(env -i setsid sh -c 'echo 0x33 > /proc/self/coredump_filter; echo $$ > pids; while echo flood; do sleep 0.01; done' &); until [ -s pids ]; do sleep 0.01; done`,
    { kill_grace_seconds: 0.1 },
  );
  expect((await runCommand(request)).exit_code).toBe(0);
  // the pipe is closed, and so its next line ends it
  const pids = (await readPids(join(folder, 'pids'), 1))!;
  await until(() => allGone(pids), { what: 'the end of the daemon' });
}, 15_000);

// Two forks, a session of its own, no parent, no environment, no open file of the command, another folder.
/** So long that no other process of the machine sleeps exactly that. */
const QUIET = 300 + process.pid / 1e7;
const CLEARED = `env -i setsid -f sh -c "cd /; sh -c 'echo \\$\\$ > $PWD/pids; exec sleep 300' </dev/null >/dev/null 2>&1 3>&- &"
  (env -i setsid setsid -f sleep ${QUIET} </dev/null >/dev/null 2>&1 &)
  until [ -s pids ]; do sleep 0.01; done`;

/** Processes with exactly this command line. */
async function sleepers(command: string): Promise<number> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = pids.map((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ').trim();
    } catch {
      return '';
    }
  });
  return lines.filter((line) => line === command).length;
}

test('daemons that forked twice and kept neither parent, session, environment nor files end with their command', async () => {
  const { request, folder } = await prepare(CLEARED);
  expect((await runCommand(request)).exit_code).toBe(0);
  const pids = (await readPids(join(folder, 'pids'), 1))!;
  await until(() => allGone(pids), { what: 'the end of the daemon' });
  await until(async () => (await sleepers(`sleep ${QUIET}`)) === 0, { what: 'the end of the other one' });
});

test('such daemons are dead when a cancel is answered', async () => {
  const abort = new AbortController();
  const { request, folder } = await prepare(`${CLEARED}; sleep 300`, { signal: abort.signal });
  const running = runCommand(request);
  const pids = await until(() => readPids(join(folder, 'pids'), 1), { what: 'the daemon' });
  abort.abort();
  expect((await running).cancelled).toBe(true);
  expect(await allGone(pids)).toBe(true);
  expect(await sleepers(`sleep ${QUIET}`)).toBe(0);
});

test('a daemon of one command does not take those of another with it', async () => {
  const abort = new AbortController();
  const other = await prepare(`${CLEARED}; echo up; sleep 300`, { signal: abort.signal });
  const running = runCommand(other.request);
  const pids = await until(() => readPids(join(other.folder, 'pids'), 1), { what: 'the daemon' });
  const { request, folder } = await prepare(CLEARED);
  await runCommand(request);
  const swept = (await readPids(join(folder, 'pids'), 1))!;
  await until(() => allGone(swept), { what: 'the end of the daemon' });
  expect(await allGone(pids)).toBe(false);
  abort.abort();
  await running;
  expect(await allGone(pids)).toBe(true);
});

test('output that is still on its way through a background process is kept', async () => {
  const { request } = await prepare('echo hello > >(sleep 0.05; tr a-z A-Z)');
  expect((await runCommand(request)).stdout).toBe('HELLO\n');
});

const workers: ChildProcess[] = [];
afterEach(() => {
  for (const worker of workers.splice(0)) worker.kill('SIGKILL');
});

/** A process that runs a command as a worker does, and nothing else. */
async function startWorker(command: string): Promise<{ worker: ChildProcess; folder: string }> {
  const folder = await tempFolder();
  const module = new URL('../../activities/command/run.ts', import.meta.url).href;
  const mask = new URL('../../core/text/mask.ts', import.meta.url).href;
  const sandbox = new URL('../../activities/sandbox/sandbox.ts', import.meta.url).href;
  const script = join(folder, 'worker.mjs');
  await writeFile(
    script,
    `import { runCommand } from ${JSON.stringify(module)};
     import { NO_MASK } from ${JSON.stringify(mask)};
     import { noSandbox } from ${JSON.stringify(sandbox)};
     const folder = ${JSON.stringify(folder)};
     await runCommand({
       command: ${JSON.stringify(command)}, cwd: folder, env: {}, context: {},
       guard: { sandbox: noSandbox(), view: { writable: [folder], hidden: [], readable: [] } },
       job_id: 'job-1', task_id: 'build', attempt: 1, output_limit_bytes: 1024, mask: NO_MASK,
       artifacts_dir: folder + '/artifacts', context_file: folder + '/run/context.json',
       stdout_file: folder + '/run/stdout.log', stderr_file: folder + '/run/stderr.log',
       on_line: () => {}, signal: new AbortController().signal, kill_grace_seconds: 0.2,
     });`,
  );
  const worker = spawn(process.execPath, [script], { stdio: 'inherit' });
  workers.push(worker);
  return { worker, folder };
}

const supervisorOf = (worker: ChildProcess, other_than = 0) => helperOf(worker, 'supervisor', other_than);

function helperOf(worker: ChildProcess, name: 'supervisor' | 'spawner', other_than = 0): Promise<number> {
  return until(
    async () => {
      const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
      return pids.find((pid) => pid !== other_than && isHelperOf(pid, name, worker.pid!));
    },
    { what: `the ${name}` },
  );
}

function isHelperOf(pid: number, name: string, worker_pid: number): boolean {
  try {
    const parent = Number(readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ')[1]);
    return parent === worker_pid && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(`${name}.ts`);
  } catch {
    return false;
  }
}

test('kill -9 of the worker kills its commands with their families, and its helpers leave', async () => {
  const { worker, folder } = await startWorker(FAMILY);
  const pids = await until(() => readPids(join(folder, 'pids'), FAMILY_SIZE), { what: 'the family' });
  const helpers = [await supervisorOf(worker), await helperOf(worker, 'spawner')];
  expect(await allGone(pids)).toBe(false);
  worker.kill('SIGKILL');
  await until(() => allGone([...pids, ...helpers]), { what: 'the end of the commands' });
});

test('a killed supervisor is replaced and the new one knows what runs', async () => {
  const { worker, folder } = await startWorker(`trap '' TERM; ${FAMILY}`);
  const pids = await until(() => readPids(join(folder, 'pids'), FAMILY_SIZE), { what: 'the family' });
  const first = await supervisorOf(worker);
  process.kill(first, 'SIGKILL');
  const second = await supervisorOf(worker, first);
  worker.kill('SIGKILL');
  await until(() => allGone([...pids, second]), { what: 'the end of the commands' });
});

test('a command whose spawner is killed is ended and told as lost, and the next one runs', async () => {
  const { request, folder } = await prepare(FAMILY, { kill_grace_seconds: 0.2 });
  const running = runCommand(request);
  const pids = await until(() => readPids(join(folder, 'pids'), FAMILY_SIZE), { what: 'the family' });
  process.kill(spawnerPid()!, 'SIGKILL');
  await expect(running).rejects.toThrow(CommandLostError);
  await until(() => allGone(pids), { what: 'the end of the family' });
  expect(await runCommand((await prepare('echo again')).request)).toMatchObject({ stdout: 'again\n' });
});

test.each([
  ['supervisor', supervisorPid],
  ['spawner', spawnerPid],
] as const)('a signal to the %s does not end it', async (_, pidOf) => {
  await runCommand((await prepare('true')).request);
  const pid = pidOf()!;
  // it takes signals only once its code runs
  await until(() => signalsCaught(pid), { what: 'it to be up' });
  process.kill(pid, 'SIGTERM');
  await runCommand((await prepare('true')).request);
  expect(pidOf()).toBe(pid);
  expect(await isRunning(pid)).toBe(true);
});

test('a command is started off this process, which would stand still for it, and is marked from its first moment', async () => {
  const command = ['sh', '-c', 'echo $PPID; cat /proc/self/coredump_filter'];
  const { stdout } = await runCommand((await prepare(command)).request);
  const [parent, mark] = stdout.split('\n');
  expect(Number(parent)).toBe(spawnerPid());
  expect(mark).not.toBe(readFileSync('/proc/self/coredump_filter', 'latin1').trim());
});

test('where the system keeps descriptors from other processes, programs are started by this one', async () => {
  vi.resetModules();
  const { spawnProgram } = await import('../../activities/process/spawn.ts');
  // nobody after this test is to have what it makes of that
  vi.resetModules();
  const folder = await tempFolder();
  const file = join(folder, 'out');
  const out = openSync(file, 'w');
  const program = {
    program: 'sh',
    args: ['-c', 'echo $PPID'],
    cwd: folder,
    env: { PATH: process.env.PATH! },
  };
  // one that nobody else can open, and neither can we
  const kept = { fd: 1_000_000, access: 'write' } as const;
  await expect(spawnProgram(program, [null, kept])).rejects.toThrow();
  const { exited } = await spawnProgram(program, [null, { fd: out, access: 'write' }]);
  closeSync(out);
  expect(await exited).toMatchObject({ exit_code: 0 });
  expect(Number(readFileSync(file, 'latin1'))).toBe(process.pid);
});

function signalsCaught(pid: number): boolean {
  const mask = /^SigCgt:\s+([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
  return (BigInt(`0x${mask}`) & (1n << 14n)) !== 0n; // SIGTERM
}

test('where the system has no more open files to give, a command waits for them, and is no failure of its own', async () => {
  expect(await runCommand((await prepare('true')).request)).toMatchObject({ exit_code: 0 });
  const limit = (most: string) =>
    execFileSync('prlimit', ['--pid', String(spawnerPid()), `--nofile=${most}:`]);
  const before = execFileSync('prlimit', [
    '--pid',
    String(spawnerPid()),
    '--nofile',
    '-o',
    'SOFT',
    '--noheadings',
  ]);
  limit('3');
  const { request } = await prepare('echo there');
  const waits = runCommand({ ...request, patience_seconds: 60 });
  const refused = await runCommand((await prepare('true')).request).catch((error: unknown) => error);
  limit(before.toString().trim());
  expect(refused).toMatchObject({ code: 'command_start_failed', message: expect.stringContaining('EMFILE') });
  expect(isShortage(refused)).toBe(true);
  expect(await waits).toMatchObject({ exit_code: 0, stdout: 'there\n' });
});
