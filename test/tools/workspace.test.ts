import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createMask } from '../../core/text/mask.ts';
import { isRunning, readPids } from '../command/setup.ts';
import { until } from '../setup/until.ts';
import { bench, tempFolder } from './setup.ts';

const SECRET = 'outside-and-secret';

/** A bench whose folder lies beside a file that no tool may reach, with links that lead there. */
async function trap() {
  const b = await bench();
  const outside = await tempFolder();
  await writeFile(join(outside, 'secret.txt'), SECRET);
  await writeFile(join(b.folders.work, '..', 'neighbour.txt'), SECRET);
  const { work } = b.folders;
  await symlink(outside, join(work, 'linked'));
  await symlink(join(outside, 'secret.txt'), join(work, 'link.txt'));
  await symlink(join(outside, 'not-yet.txt'), join(work, 'dangling.txt'));
  await symlink('..', join(work, 'up'));
  const paths = [
    '../neighbour.txt',
    'a/../../neighbour.txt',
    join(outside, 'secret.txt'),
    'linked/secret.txt',
    'link.txt',
    'up/neighbour.txt',
    '/etc/passwd',
    '/proc/self/environ',
  ];
  return { ...b, outside, paths };
}

test('files are written, read, edited and found', async () => {
  const { call, folders } = await bench();
  await call('write_file', { file_path: 'src/a.ts', content: 'one\ntwo\nthree\n' });
  expect(await readFile(join(folders.work, 'src/a.ts'), 'utf8')).toBe('one\ntwo\nthree\n');
  const read = await call('read_file', { file_path: 'src/a.ts', view_range: [2, 3] });
  expect(read).toMatchObject({ text: 'two\nthree', is_error: false });
  await call('edit_file', { file_path: 'src/a.ts', old_string: 'two', new_string: '$& 2' });
  expect(await readFile(join(folders.work, 'src/a.ts'), 'utf8')).toBe('one\n$& 2\nthree\n');
  await call('write_file', { file_path: 'b.md', content: 'Three' });
  expect((await call('glob', { pattern: '**/*.ts' })).text).toBe('src/a.ts');
  expect((await call('glob', { pattern: '*', path: 'src' })).text).toBe('src/a.ts');
  expect((await call('glob', { pattern: '*.py' })).text).toBe('No file matches.');
  expect((await call('grep', { pattern: '^thr\\w+', ignore_case: true })).text).toBe(
    'b.md:1:Three\nsrc/a.ts:3:three',
  );
  expect((await call('grep', { pattern: 'three', path: 'src/a.ts' })).text).toBe('src/a.ts:3:three');
});

test('an edit wants what it replaces exactly once, and text', async () => {
  const { call, folders } = await bench();
  const file_path = 'a.txt';
  await writeFile(join(folders.work, file_path), 'x x');
  const twice = await call('edit_file', { file_path, old_string: 'x', new_string: 'y' });
  expect(twice).toMatchObject({ is_error: true, text: expect.stringMatching(/2 times/) });
  const never = await call('edit_file', { file_path, old_string: 'z', new_string: 'y' });
  expect(never).toMatchObject({ is_error: true, text: expect.stringMatching(/not found/) });
  const all = await call('edit_file', { file_path, old_string: 'x', new_string: 'y', replace_all: true });
  expect(all.is_error).toBe(false);
  const latin = Buffer.from([0xe9, 0x78]);
  await writeFile(join(folders.work, file_path), latin);
  const bytes = await call('edit_file', { file_path, old_string: 'x', new_string: 'y' });
  expect(bytes).toMatchObject({ is_error: true, text: expect.stringMatching(/not text/) });
  expect(await readFile(join(folders.work, file_path))).toEqual(latin);
});

test('no path leads out of the folder: not by .., absolute paths or links', async () => {
  const { call, outside, paths, folders } = await trap();
  for (const path of paths) {
    const calls = [
      call('read_file', { file_path: path }),
      call('write_file', { file_path: path, content: 'overwritten' }),
      call('edit_file', { file_path: path, old_string: SECRET, new_string: 'overwritten' }),
      call('grep', { pattern: '.', path }),
      call('save_artifact', { name: 'stolen', path }),
    ];
    for (const answer of await Promise.all(calls)) {
      expect(answer, path).toMatchObject({ is_error: true, artifacts: [] });
      expect(answer.text, path).toMatch(/outside|link/);
      expect(answer.text).not.toContain(SECRET);
    }
  }
  const dangling = await call('write_file', { file_path: 'dangling.txt', content: 'x' });
  expect(dangling.is_error).toBe(true);
  expect(await readdir(outside)).toEqual(['secret.txt']);
  expect(await readFile(join(outside, 'secret.txt'), 'utf8')).toBe(SECRET);
  expect(await readFile(join(folders.work, '..', 'neighbour.txt'), 'utf8')).toBe(SECRET);
});

test('searches find nothing outside the folder', async () => {
  const { call, outside } = await trap();
  for (const pattern of ['**/*', 'linked/*', 'up/*', '*.txt']) {
    const { text } = await call('glob', { pattern });
    expect(text, pattern).not.toMatch(/secret|neighbour/);
  }
  for (const pattern of ['../*', `${outside}/*`, '{..,x}/*']) {
    expect(await call('glob', { pattern }), pattern).toMatchObject({ is_error: true });
  }
  expect((await call('glob', { pattern: '*', path: 'linked' })).is_error).toBe(true);
  expect((await call('grep', { pattern: SECRET })).text).toBe('No line matches.');
});

test('what is no file is refused instead of waited for', async () => {
  const { call } = await bench();
  await call('bash', { command: 'mkfifo pipe' });
  for (const [name, input] of [
    ['read_file', { file_path: 'pipe' }],
    ['edit_file', { file_path: 'pipe', old_string: 'a', new_string: 'b' }],
    ['save_artifact', { name: 'pipe', path: 'pipe' }],
  ] as const) {
    expect((await call(name, input)).is_error).toBe(true);
  }
  expect((await call('grep', { pattern: 'x' })).text).toBe('No line matches.');
});

test('the orchestrator’s own files are not written and not found', async () => {
  const { call, folders } = await bench();
  await mkdir(folders.scratch, { recursive: true });
  await writeFile(join(folders.scratch, 'context.json'), '{"needle":1}');
  const path = '.attempts/t1/1/context.json';
  expect((await call('write_file', { file_path: path, content: 'x' })).is_error).toBe(true);
  expect((await call('grep', { pattern: 'needle' })).text).toBe('No line matches.');
  expect((await call('glob', { pattern: '**/*.json' })).text).toBe('No file matches.');
});

test('an expression that never ends is stopped with the call', async () => {
  const { call, folders } = await bench();
  await writeFile(join(folders.work, 'a.txt'), `${'a'.repeat(60)}!`);
  const stop = new AbortController();
  const searching = call('grep', { pattern: '^(a+)+$' }, { signal: stop.signal });
  setTimeout(() => stop.abort(new Error('cancelled')), 300);
  await expect(searching).rejects.toThrow('cancelled');
  expect(await call('grep', { pattern: '(' })).toMatchObject({ is_error: true });
});

test.each(['{a,b}'.repeat(18), `${'+(a|aa)'.repeat(12)}z`, `${'*'.repeat(30)}z`])(
  'a pattern of files that never ends holds nobody up, and is stopped with the call: %s',
  async (pattern) => {
    const { call, folders } = await bench();
    await writeFile(join(folders.work, `${'a'.repeat(40)}.txt`), '');
    const stop = new AbortController();
    const searching = call('glob', { pattern }, { signal: stop.signal });
    const ended = searching.then(
      () => 'found nothing',
      (error: unknown) => String(error),
    );
    // somebody else's call goes on meanwhile
    expect(await call('read_file', { file_path: `${'a'.repeat(40)}.txt` })).toMatchObject({
      is_error: false,
    });
    stop.abort(new Error('cancelled'));
    expect(['found nothing', 'Error: cancelled']).toContain(await ended);
  },
);

test('bash runs in the folder and gives output, errors and exit code in order', async () => {
  const { call, folders } = await bench();
  await writeFile(join(folders.work, 'here.txt'), '');
  expect(await call('bash', { command: 'ls' })).toMatchObject({ text: 'here.txt', is_error: false });
  expect(await call('bash', { command: 'true' })).toMatchObject({ text: '(no output)' });
  const failed = await call('bash', { command: 'echo a; echo b >&2; echo c; exit 3' });
  expect(failed).toMatchObject({ text: 'a\nb\nc\n[exit code 3]', is_error: true });
});

test('bash shows nothing of the service’s environment', async () => {
  const { call } = await bench();
  process.env.SLACK_BOT_TOKEN = 'xoxb-of-the-service';
  process.env.ORCHESTRATOR_SECRET_X = 'xoxb-of-the-service';
  const { text } = await call('bash', { command: 'env; cat /proc/self/environ | tr "\\0" "\\n"; set' });
  delete process.env.SLACK_BOT_TOKEN;
  delete process.env.ORCHESTRATOR_SECRET_X;
  expect(text).toContain('ORCHESTRATOR_TASK_ID=t1');
  expect(text).not.toContain('xoxb');
  expect(text).not.toContain('SECRET_X');
});

test('secrets of the service that a command got hold of do not come out', async () => {
  const { call, store } = await bench({
    mask: createMask(['xoxb-of-the-service']),
    tools: { allow_private_hosts: [], result_chars: 100 },
  });
  const short = await call('bash', { command: 'echo xoxb-of-the-service' });
  expect(short.text).toBe('***');
  const long = await call('bash', { command: 'seq 500; echo xoxb-of-the-service; seq 500' });
  expect((await store.getContent(long.artifacts[0]!.sha256)).toString()).toContain('***');
  expect((await store.getContent(long.artifacts[0]!.sha256)).toString()).not.toContain('xoxb');
});

test('a command over its time, and a cancelled one, is killed with its children', async () => {
  const { call, folders } = await bench();
  const pids = join(folders.work, 'pids');
  const command = 'sleep 600 & echo $! >> pids; setsid sleep 600 & echo $! >> pids; wait';
  const late = await call('bash', { command, timeout_seconds: 0.5 });
  expect(late).toMatchObject({ is_error: true, text: expect.stringMatching(/killed after 0.5 s/) });
  for (const pid of (await readPids(pids, 2))!) expect(await isRunning(pid)).toBe(false);
  const stop = new AbortController();
  const running = call('bash', { command }, { signal: stop.signal, call_id: 'call_2' });
  running.catch(() => {});
  const started = await until(() => readPids(pids, 4));
  stop.abort(new Error('cancelled'));
  await expect(running).rejects.toThrow('cancelled');
  for (const pid of started) expect(await isRunning(pid)).toBe(false);
});

test('files left in the folder of artifacts become artifacts', async () => {
  const { call, store } = await bench();
  const { artifacts } = await call('bash', { command: 'echo hello > "$ORCHESTRATOR_ARTIFACTS/a.md"' });
  expect(artifacts).toMatchObject([{ name: 'a.md', task_id: 't1' }]);
  expect((await store.getContent(artifacts[0]!.sha256)).toString()).toBe('hello\n');
});

test('of a flood of output the beginning and the end are read, and the whole is an artifact', async () => {
  const { call, store } = await bench();
  const { text, artifacts } = await call('bash', { command: 'seq 1 200000' });
  expect(text.startsWith('1\n2\n')).toBe(true);
  expect(text.endsWith('\n199999\n200000')).toBe(true);
  expect(text.length).toBeLessThan(31_000);
  expect(text).toContain(artifacts[0]!.name);
  const whole = await store.getContent(artifacts[0]!.sha256);
  expect(whole.length).toBe(1_288_895);
});

test('bash follows the policy on commands', async () => {
  const off = await bench({ commands: { commands: 'off', command_allowlist: [] } });
  const { tools } = await off.registry.offered({ allow: ['*'] });
  expect(tools.map(({ name }) => name)).not.toContain('bash');
  const listed = await bench({ commands: { commands: 'on', command_allowlist: ['echo'] } });
  expect((await listed.call('bash', { command: 'echo hi' })).text).toBe('hi');
  for (const command of ['ls', 'echo hi; ls', 'echo $(ls)', 'echo hi\nls']) {
    expect(await listed.call('bash', { command }), command).toMatchObject({ is_error: true });
  }
});

test('without a folder the tools say so', async () => {
  const { call } = await bench();
  const answer = await call('read_file', { file_path: 'a' }, { folders: null });
  expect(answer).toMatchObject({ is_error: true, text: expect.stringMatching(/no folder/) });
});

test('many calls at once do not mix their outputs', async () => {
  const { call, folders } = await bench();
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, n) => call('bash', { command: `echo ${n}` }, { call_id: `call_${n}` })),
  );
  expect(answers.map(({ text }) => text)).toEqual(Array.from({ length: 8 }, (_, n) => String(n)));
  expect((await stat(folders.work)).isDirectory()).toBe(true);
});
