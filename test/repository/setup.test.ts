import { existsSync, lstatSync, mkdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeCheckout } from '../../activities/repository/clone/checkout.ts';
import { relocateVenv } from '../../activities/repository/clone/relocate-venv.ts';
import { applySetup } from '../../activities/repository/clone/setup.ts';
import { tempFolder, writeFiles } from './bare.ts';
import { type Host, host, SECRET } from './host.ts';

const signal = new AbortController().signal;

/** A clone at a commit, and the setup in it. */
async function clone({ deps, at, mirror }: Host, { sha = at.base_sha, name = 'clone' } = {}) {
  const folder = join(deps.work_dir, 'job-1', name);
  await makeCheckout(deps, { git_dir: mirror.git_dir, folder, sha }, signal);
  const apply = (setup_command: string | null, end = signal) =>
    applySetup(deps, { at, folder, sha, setup_command, about: name }, end);
  return { folder, apply };
}

/** A command that counts its runs in a file outside. */
function counted(command: string) {
  const file = join(tempFolder(), 'runs');
  const runs = () => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0);
  return { command: `echo run >> ${file}; ${command}`, runs };
}

test('what the setup leaves that git does not track gets into the clone, and nothing else', async () => {
  const running = await host({ 'package.json': '{}', '.gitignore': 'node_modules\n', 'sub/f': 'f\n' });
  const { folder, apply } = await clone(running);
  const applied = await apply(
    'mkdir -p node_modules/x sub/node_modules && echo x > node_modules/x/index.js && ln -s x node_modules/y && echo s > sub/node_modules/s && echo new > untracked && echo changed > package.json',
  );
  expect(['copied', 'cloned']).toContain(applied.how);
  expect(applied.unignored).toEqual(['untracked']);
  expect(readFileSync(join(folder, 'node_modules/x/index.js'), 'utf8')).toBe('x\n');
  expect(readlinkSync(join(folder, 'node_modules/y'))).toBe('x');
  expect(readFileSync(join(folder, 'sub/node_modules/s'), 'utf8')).toBe('s\n');
  expect(readFileSync(join(folder, 'untracked'), 'utf8')).toBe('new\n');
  expect(readFileSync(join(folder, 'package.json'), 'utf8')).toBe('{}');
});

test('a link where nobody of ours looks leads to nothing that is written', async () => {
  const running = await host({ 'package.json': '{}' });
  const victim = join(tempFolder(), 'victim');
  writeFileSync(victim, 'whole\n');
  const { apply } = await clone(running);
  await apply(`ln -s ${victim} .git/clone-probe; mkdir node_modules; echo x > node_modules/x`);
  expect(readFileSync(victim, 'utf8')).toBe('whole\n');
});

test('twenty clones at once have it run once', async () => {
  const running = await host({ 'package.json': '{}' });
  const { command, runs } = counted('mkdir node_modules && echo x > node_modules/x');
  const clones = await Promise.all(
    Array.from({ length: 20 }, (_, n) => clone(running, { name: `clone-${n}` })),
  );
  await Promise.all(clones.map(({ apply }) => apply(command)));
  expect(runs()).toBe(1);
  for (const { folder } of clones) expect(existsSync(join(folder, 'node_modules/x'))).toBe(true);
});

test('it runs again when what it depends on changes, anywhere in the tree, and not when anything else does', async () => {
  const running = await host({ 'package.json': '{}', 'packages/a/package.json': '{}', f: 'f\n' });
  const { command, runs } = counted('true');
  const at = async (changes: Record<string, string>) => {
    const { head_sha } = running.part('t', changes);
    await (await clone(running, { sha: head_sha })).apply(command);
    return runs();
  };
  expect(await at({})).toBe(1);
  expect(await at({ f: 'other\n' })).toBe(1);
  expect(await at({ 'packages/a/package.json': '{"x":1}' })).toBe(2);
  expect(await at({ 'api/requirements-dev.txt': 'x\n' })).toBe(3);
  expect(await at({})).toBe(3);
});

test('what a clone has stays as it is, and applying it again changes nothing', async () => {
  const running = await host({ 'package.json': '{}' });
  const { folder, apply } = await clone(running);
  const command = 'mkdir node_modules && echo x > node_modules/x';
  await apply(command);
  writeFileSync(join(folder, 'node_modules/x'), 'changed by an agent\n');
  await apply(command);
  expect(readFileSync(join(folder, 'node_modules/x'), 'utf8')).toBe('changed by an agent\n');
});

test('half a copy of a host that died is made anew', async () => {
  const running = await host({ 'package.json': '{}' });
  const { folder, apply } = await clone(running);
  writeFiles(folder, { 'node_modules.orchestrator-half/x': 'half' });
  await apply('mkdir node_modules && echo x > node_modules/x && echo y > node_modules/y');
  expect(readFileSync(join(folder, 'node_modules/x'), 'utf8')).toBe('x\n');
  expect(existsSync(join(folder, 'node_modules.orchestrator-half'))).toBe(false);
});

test('nothing is written through a link that an agent committed', async () => {
  const outside = tempFolder();
  const running = await host({ 'package.json': '{}', 'sub/f': 'f\n', 'lib/f': 'f\n' });
  const { head_sha } = running.part('a', { 'sub/f': null, sub: { link: outside } });
  const first = await clone(running, { name: 'first' });
  const command =
    'mkdir sub/node_modules lib/node_modules && echo x > sub/node_modules/x && echo x > lib/node_modules/x';
  await first.apply(command);
  const { folder, apply } = await clone(running, { sha: head_sha });
  await apply(command);
  expect(existsSync(join(outside, 'node_modules'))).toBe(false);
  expect(existsSync(join(folder, 'lib/node_modules/x'))).toBe(true);
});

test('a setup that fails says so, with what it printed last and without secrets', async () => {
  const running = await host({ 'package.json': '{}' });
  const { folder, apply } = await clone(running);
  const failed = apply(`mkdir node_modules; echo it broke with ${SECRET} >&2; exit 3`);
  await expect(failed).rejects.toMatchObject({
    type: 'SetupFailed',
    nonRetryable: true,
    message: expect.stringMatching(/^The setup command failed: .*: exit code 3\nit broke with \*\*\*\n$/),
  });
  expect(existsSync(join(folder, 'node_modules'))).toBe(false);
  expect(running.lines).toContain('it broke with ***');
});

test('whoever waited for a setup that failed is told, without another run; later ones try again', async () => {
  const running = await host({ 'package.json': '{}' });
  const { command, runs } = counted('sleep 0.3; exit 1');
  const clones = await Promise.all([1, 2, 3].map((n) => clone(running, { name: `clone-${n}` })));
  const results = await Promise.allSettled(clones.map(({ apply }) => apply(command)));
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  expect(runs()).toBe(1);
  await expect(clones[0]!.apply(command)).rejects.toThrow('exit code 1');
  expect(runs()).toBe(2);
});

test('a setup that takes too long is ended with all its processes', async () => {
  const running = await host({ 'package.json': '{}' });
  running.deps.command_timeout_seconds = 0.5;
  const { apply } = await clone(running);
  const mark = join(tempFolder(), 'late');
  const late = apply(`(trap '' TERM; sleep 30; touch ${mark}) & sleep 30`);
  await expect(late).rejects.toThrow('not done within 0.5 s');
  expect(existsSync(mark)).toBe(false);
});

test('who is called off while it runs does not take it from the others', async () => {
  const running = await host({ 'package.json': '{}' });
  const [a, b] = [await clone(running, { name: 'a' }), await clone(running, { name: 'b' })];
  const { command, runs } = counted('sleep 0.3; mkdir node_modules; echo x > node_modules/x');
  const end = new AbortController();
  const first = a.apply(command, end.signal);
  const second = b.apply(command);
  setTimeout(() => end.abort(new Error('called off')), 150);
  await expect(first).rejects.toThrow('called off');
  await second;
  expect(runs()).toBeLessThanOrEqual(2);
  expect(existsSync(join(b.folder, 'node_modules/x'))).toBe(true);
});

test('there is nothing to do without a command, or where it leaves nothing', async () => {
  const running = await host({ 'package.json': '{}' });
  const { apply } = await clone(running);
  expect(await apply(null)).toEqual({ how: 'none', unignored: [], seconds: 0 });
  expect((await apply('true')).how).toBe('none');
});

test('what a command leaves in the git of its checkout is not run', async () => {
  const running = await host({ 'package.json': '{}', f: 'f\n' });
  const { apply } = await clone(running);
  const mark = join(tempFolder(), 'ran');
  await apply(
    `git config core.fsmonitor "touch ${mark}"; printf '* filter=evil' > .gitattributes; git config filter.evil.clean "touch ${mark}; cat"; mkdir made; git -C made init -q; git -C made config core.fsmonitor "touch ${mark}"; echo g > f`,
  );
  expect(existsSync(mark)).toBe(false);
});

test('a virtual environment of Python works on the sources of the clone', async () => {
  const [from, to] = [tempFolder(), tempFolder()];
  writeFiles(from, {
    '.venv/pyvenv.cfg': `home = /usr/bin\ncommand = python3 -m venv ${from}/.venv\n`,
    '.venv/bin/pytest': `#!${from}/.venv/bin/python3\nimport pytest\n`,
    '.venv/bin/python3': { link: '/usr/bin/python3' },
    '.venv/bin/own': { link: `${from}/.venv/bin/python3` },
    '.venv/lib/python3.13/site-packages/__editable__.mine-1.pth': `${from}/src\n`,
    '.venv/lib/python3.13/site-packages/mine-1.dist-info/direct_url.json': `{"url":"file://${from}"}`,
    '.venv/lib/python3.13/site-packages/other/data.txt': `${from}\n`,
  });
  await relocateVenv({ folder: join(from, '.venv'), from, to });
  const read = (path: string) => readFileSync(join(from, '.venv', path), 'utf8');
  expect(read('pyvenv.cfg')).toContain(`${to}/.venv`);
  expect(read('bin/pytest')).toBe(`#!${to}/.venv/bin/python3\nimport pytest\n`);
  expect(readlinkSync(join(from, '.venv/bin/python3'))).toBe('/usr/bin/python3');
  expect(readlinkSync(join(from, '.venv/bin/own'))).toBe(`${to}/.venv/bin/python3`);
  expect(read('lib/python3.13/site-packages/__editable__.mine-1.pth')).toBe(`${to}/src\n`);
  expect(read('lib/python3.13/site-packages/mine-1.dist-info/direct_url.json')).toBe(
    `{"url":"file://${to}"}`,
  );
  expect(read('lib/python3.13/site-packages/other/data.txt')).toBe(`${from}\n`);
});

test('other folders are copied as they are', async () => {
  const [from, to] = [tempFolder(), tempFolder()];
  mkdirSync(join(from, 'bin'));
  writeFileSync(join(from, 'bin/x'), from);
  await relocateVenv({ folder: from, from, to });
  expect(readFileSync(join(from, 'bin/x'), 'utf8')).toBe(from);
  expect(lstatSync(join(from, 'bin/x')).isFile()).toBe(true);
});
