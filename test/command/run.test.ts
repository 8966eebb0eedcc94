import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { NON_INTERACTIVE } from '../../activities/command/environment.ts';
import { CommandOutputError, CommandStartError } from '../../activities/command/errors.ts';
import { LINE_BURST } from '../../activities/command/lines.ts';
import { type CommandRequest, runCommand } from '../../activities/command/run.ts';
import { createMask } from '../../core/text/mask.ts';
import { prepare } from './setup.ts';

test('a command gets its context on stdin and in a file', async () => {
  const { request } = await prepare('cat; echo; cat "$ORCHESTRATOR_CONTEXT"');
  const result = await runCommand(request);
  const [stdin, file] = result.stdout.split('\n');
  expect(JSON.parse(stdin!)).toEqual(request.context);
  expect(JSON.parse(file!)).toEqual(request.context);
});

test('a context of a megabyte arrives whole, and may be ignored', async () => {
  const context = { text: 'x'.repeat(1024 * 1024) };
  const counted = await runCommand((await prepare('wc -c', { context })).request);
  expect(Number(counted.stdout)).toBe(JSON.stringify(context).length);
  const ignored = await runCommand((await prepare('true', { context })).request);
  expect(ignored).toMatchObject({ exit_code: 0, signal: null, cancelled: false });
});

test('the names of stdin, stdout and stderr under /dev work', async () => {
  const { request } = await prepare(
    'cat /dev/stdin >/dev/null && echo out >/dev/stdout; echo err >/dev/stderr',
  );
  expect(await runCommand(request)).toMatchObject({ exit_code: 0, stdout: 'out\n', stderr_tail: 'err\n' });
});

test('the environment holds the task’s variables and ours, and nothing secret of the service', async () => {
  process.env.ORCHESTRATOR_SECRET_TEST = 'of the service';
  process.env.ANTHROPIC_API_KEY = 'of the service';
  const { request } = await prepare('env -0', {
    env: { GREETING: 'hello\nworld', ORCHESTRATOR_JOB_ID: 'forged' },
  });
  const { stdout } = await runCommand(request);
  delete process.env.ORCHESTRATOR_SECRET_TEST;
  delete process.env.ANTHROPIC_API_KEY;
  const env = new Map(
    stdout
      .split(/[\0\uFFFD]/)
      .filter(Boolean)
      .map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  );
  expect(stdout).not.toContain('of the service');
  expect(Object.fromEntries(env)).toMatchObject({
    GREETING: 'hello\nworld',
    PATH: expect.stringContaining('/usr/bin'),
    ORCHESTRATOR_JOB_ID: 'job-1',
    ORCHESTRATOR_TASK_ID: 'build',
    ORCHESTRATOR_ATTEMPT: '2',
    ORCHESTRATOR_CONTEXT: request.context_file,
    ORCHESTRATOR_ARTIFACTS: request.artifacts_dir,
  });
  const ours =
    /^(PATH|HOME|USER|LOGNAME|LANG|LC_\w+|TZ|TMPDIR|SHELL|TERM|\w+_CERTS?|SSL_CERT_(FILE|DIR)|\w+_CA_BUNDLE|GIT_SSL_\w+|GREETING|ORCHESTRATOR_\w+)$/;
  const byShell = /^(PWD|OLDPWD|SHLVL|_)$/;
  expect([...env.keys()].filter((name) => !ours.test(name) && !byShell.test(name)).sort()).toEqual(
    Object.keys(NON_INTERACTIVE).sort(),
  );
});

test('nobody is asked: no editor opens, no terminal is there, and the task may say otherwise', async () => {
  const commit = 'git init -q . && git -c user.name=a -c user.email=a@b commit --allow-empty </dev/null';
  const asked = await runCommand((await prepare(commit)).request);
  expect(asked).toMatchObject({ exit_code: 1, stderr_tail: expect.stringMatching(/empty commit message/) });
  const terminal = await runCommand((await prepare('exec 3</dev/tty')).request);
  expect(terminal.stderr_tail).toMatch(/No such device or address/);
  const own = { env: { GIT_EDITOR: 'echo own words >', CI: '' } };
  const written = await runCommand(
    (await prepare(`${commit} && git log --format=%s; echo "CI=$CI"`, own)).request,
  );
  expect(written.stdout).toMatch(/own words\nCI=\n$/);
});

test('an argv array runs without a shell', async () => {
  const { request } = await prepare(['printf', '%s|', '$HOME', 'a b', ';']);
  expect((await runCommand(request)).stdout).toBe('$HOME|a b|;|');
});

test('exit codes and signals are reported', async () => {
  const failed = await runCommand((await prepare('echo why >&2; exit 7')).request);
  expect(failed).toMatchObject({ exit_code: 7, signal: null, cancelled: false, stderr_tail: 'why\n' });
  const killed = await runCommand((await prepare('kill -9 $$')).request);
  expect(killed).toMatchObject({ exit_code: null, signal: 'SIGKILL', cancelled: false });
});

test('what can not be started is refused with what to do', async () => {
  const { request, folder } = await prepare(['no-such-program-here']);
  const text = join(folder, 'plain.txt');
  await writeFile(text, 'just text');
  const cases: [Partial<CommandRequest>, string, RegExp][] = [
    [{}, 'command_not_found', /no-such-program-here/],
    [{ cwd: join(folder, 'missing') }, 'cwd_missing', /does not exist/],
    [{ cwd: text }, 'cwd_missing', /not a folder/],
    [{ command: [text] }, 'command_not_executable', /chmod/],
    [{ command: [folder] }, 'command_not_executable', /chmod/],
    [{ command: [] }, 'command_empty', /empty/],
    [{ command: '  ' }, 'command_empty', /empty/],
    [{ command: ['true', 'x'.repeat(4_000_000)] }, 'arguments_too_long', /file/],
    [{ command: ['true', 'a\0b'] }, 'command_start_failed', /null bytes/],
  ];
  for (const [change, code, message] of cases) {
    const error = await runCommand({ ...request, ...change }).catch((e) => e);
    expect(error).toBeInstanceOf(CommandStartError);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
  }
});

test('the artifacts folder is empty at the start of every attempt', async () => {
  const { request } = await prepare('echo new > "$ORCHESTRATOR_ARTIFACTS/new.txt"');
  await mkdir(request.artifacts_dir, { recursive: true });
  await writeFile(join(request.artifacts_dir, 'old.txt'), 'of an earlier attempt');
  expect((await runCommand(request)).exit_code).toBe(0);
  expect(await readdir(request.artifacts_dir)).toEqual(['new.txt']);
});

test('lines stream while the command runs, from both streams', async () => {
  const { request, lines, folder } = await prepare(
    'echo first; echo oops >&2; while [ ! -e go ]; do sleep 0.01; done; printf "last without newline"',
  );
  const seen: string[] = [];
  const result = await runCommand({
    ...request,
    on_line(line) {
      request.on_line(line);
      seen.push(line.text);
      if (seen.includes('first') && seen.includes('oops')) void writeFile(join(folder, 'go'), '');
    },
  });
  expect(result.stdout).toBe('first\nlast without newline');
  expect(lines.map(({ stream, text }) => [stream, text]).sort()).toEqual([
    ['stderr', 'oops'],
    ['stdout', 'first'],
    ['stdout', 'last without newline'],
  ]);
  for (const { at } of lines) expect(new Date(at).toISOString()).toBe(at);
});

test('the output kept in memory is capped at a character, the file has all of it', async () => {
  const { request } = await prepare('printf "aé%.0s" $(seq 1000)', { output_limit_bytes: 101 });
  const result = await runCommand(request);
  expect(result).toMatchObject({ stdout_truncated: true, stdout_bytes: 3000 });
  expect(result.stdout).toBe(`${'aé'.repeat(33)}a`);
  expect(await readFile(request.stdout_file, 'utf8')).toBe('aé'.repeat(1000));
});

test('the end of stderr is kept', async () => {
  const { request } = await prepare('seq 1 2000 >&2');
  const { stderr_tail, stderr_bytes } = await runCommand(request);
  expect(stderr_bytes).toBe(8893);
  expect(stderr_tail.length).toBe(4096);
  expect(stderr_tail.endsWith('\n1999\n2000\n')).toBe(true);
});

test('256 megabytes go to disk without going through memory', async () => {
  const { request, lines } = await prepare('yes 0123456789 | head -c 268435456');
  const before = process.memoryUsage().rss;
  let peak = 0;
  const sampler = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss);
  }, 10);
  const started = performance.now();
  const result = await runCommand(request);
  const seconds = (performance.now() - started) / 1000;
  clearInterval(sampler);
  expect(result).toMatchObject({ exit_code: 0, stdout_bytes: 268435456, stdout_truncated: true });
  expect(result.stdout.length).toBe(request.output_limit_bytes);
  expect((await stat(request.stdout_file)).size).toBe(268435456);
  expect(peak - before).toBeLessThan(128 * 1024 ** 2);
  // 5,000 at once and 1,000 a second, each with a word about what was left out before it
  expect(lines.length).toBeLessThan(2 * (LINE_BURST + 1000 * seconds));
  expect(lines.some(({ text }) => /^\[\d+ bytes left out here/.test(text))).toBe(true);
});

test('a file stops at its limit and says so', async () => {
  const { request } = await prepare('seq 1 100000', { file_limit_bytes: 1000 });
  const result = await runCommand(request);
  expect(result).toMatchObject({ exit_code: 0, files_truncated: true, stdout_bytes: 588895 });
  expect((await readFile(request.stdout_file)).length).toBe(1000);
});

test('binary output is kept byte for byte in the file and as text where text is needed', async () => {
  const { request } = await prepare("printf '\\000\\377\\376ok\\n'");
  const result = await runCommand(request);
  expect(await readFile(request.stdout_file)).toEqual(Buffer.from([0, 0xff, 0xfe, 0x6f, 0x6b, 0x0a]));
  expect(result.stdout).toBe('\uFFFD\uFFFD\uFFFDok\n');
});

test('secrets come out nowhere, even when they arrive in pieces', async () => {
  const secret = 'hunter2-long-token';
  const { request, lines, folder } = await prepare(
    'printf "%s" "a ${SECRET:0:7}"; sleep 0.05; echo "${SECRET:7} b"; echo "$SECRET" >&2',
    { env: { SECRET: secret }, mask: createMask([secret]) },
  );
  const result = await runCommand(request);
  expect(result).toMatchObject({ stdout: 'a *** b\n', stderr_tail: '***\n' });
  expect(lines.map(({ text }) => text).sort()).toEqual(['***', 'a *** b']);
  for (const file of ['stdout.log', 'stderr.log']) {
    expect(await readFile(join(folder, 'run', file), 'utf8')).not.toContain('hunter2');
  }
});

test('a command whose output can not be written is killed and says why', async () => {
  const { request } = await prepare('while echo more; do :; done', { stdout_file: '/dev/full' });
  const error = await runCommand(request).catch((e) => e);
  expect(error).toBeInstanceOf(CommandOutputError);
  expect(error.message).toMatch(/\/dev\/full .*disk/);
});

test('many commands at once do not mix their outputs', async () => {
  const prepared = await Promise.all(
    Array.from({ length: 40 }, (_, index) => prepare(`echo ${index}; echo err-${index} >&2`)),
  );
  const results = await Promise.all(prepared.map(({ request }) => runCommand(request)));
  results.forEach((result, index) => {
    expect(result).toMatchObject({ stdout: `${index}\n`, stderr_tail: `err-${index}\n` });
  });
});
