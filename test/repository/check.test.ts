import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkCommit } from '../../activities/repository/check/check.ts';
import type { CheckInput } from '../../contracts/repository/work.ts';
import { type Change, tempFolder } from './bare.ts';
import { type Host, host, SECRET } from './host.ts';
import { scripted } from './sandbox.ts';

const signal = new AbortController().signal;

const check = ({ deps, at }: Host, check_command: string, more: Partial<CheckInput> = {}, end = signal) =>
  checkCommit(
    deps,
    {
      at,
      sha: at.base_sha,
      parts: [],
      setup_command: null,
      check_command,
      timeout_seconds: 30,
      about: 'base',
      ...more,
    },
    end,
  );

describe('a check', () => {
  test('that exits with 0 has passed; what it printed is kept, in its order and without secrets', async () => {
    const running = await host({ f: 'in the tree\n' });
    const checked = await check(running, `cat f; echo to stderr >&2; echo ${SECRET}; echo CI=$CI`);
    expect(checked).toMatchObject({ passed: true, how: 'exit code 0', flaky: false, definition_changed: [] });
    expect(checked.tail).toBe('in the tree\nto stderr\n***\nCI=1\n');
    const log = running.deps.store.text(checked.log_ref);
    expect(log).toContain('$ cat f; echo to stderr >&2; echo ***; echo CI=$CI\nin the tree\n');
    expect(log).not.toContain(SECRET);
    expect(running.lines).toEqual(['in the tree', 'to stderr', '***', 'CI=1']);
  });

  test('that fails is run once more, and both are in the log', async () => {
    const running = await host({ f: 'f\n' });
    const checked = await check(running, 'echo broken; exit 7');
    expect(checked).toMatchObject({ passed: false, how: 'exit code 7', flaky: false, tail: 'broken\n' });
    expect(running.deps.store.text(checked.log_ref)).toBe(
      '$ echo broken; exit 7\nbroken\n[exit code 7]\n\nonce more: $ echo broken; exit 7\nbroken\n[exit code 7]\n',
    );
  });

  test('that fails once and passes then is flaky', async () => {
    const running = await host({ f: 'f\n' });
    const mark = join(tempFolder(), 'mark');
    const checked = await check(running, `test -e ${mark} || { touch ${mark}; exit 1; }`);
    expect(checked).toMatchObject({ passed: true, flaky: true });
  });

  test('that had no sandbox for a moment says nothing of the work', async () => {
    const running = await host({ f: 'f\n' });
    const sandbox = scripted('[ "$1" = git ] || exit 1; exec "$@"');
    const broken = { ...running, deps: { ...running.deps, sandbox } };
    await expect(check(broken, 'true')).rejects.toMatchObject({ code: 'sandbox_failed' });
  });

  test('waits while as many as may run on the host', async () => {
    const running = await host({ f: 'f\n' });
    const log = join(tempFolder(), 'log');
    const shas = ['a', 'b', 'c', 'd'].map((name) => running.part(name, { [name]: name }).head_sha);
    const command = `echo + >> ${log}; sleep 0.3; echo - >> ${log}`;
    const all = await Promise.all(shas.map((sha) => check(running, command, { sha })));
    expect(all.every(({ passed }) => passed)).toBe(true);
    let now = 0;
    const counts = readFileSync(log, 'utf8')
      .trim()
      .split('\n')
      .map((sign) => (now += sign === '+' ? 1 : -1));
    expect(counts).toHaveLength(8);
    expect(Math.max(...counts)).toBe(2);
  });

  test('that takes too long has failed, and is not repeated', async () => {
    const running = await host({ f: 'f\n' });
    const checked = await check(running, 'echo begun; sleep 60', { timeout_seconds: 1 });
    expect(checked).toMatchObject({ passed: false, how: 'not done within 1 s', tail: 'begun\n' });
    expect(running.lines).toEqual(['begun']);
  });

  test('has the last 4,000 characters as its tail', async () => {
    const running = await host({ f: 'f\n' });
    const { tail } = await check(running, 'for n in $(seq 1 2000); do echo "line $n"; done; echo ende\u0301');
    expect(tail).toHaveLength(4000);
    expect(tail.endsWith('line 2000\nende\u0301\n')).toBe(true);
  });

  test('that prints without end has the first 20 MB and the end in its log, and the end as its tail', async () => {
    const running = await host({ f: 'f\n' });
    const { log_ref, tail } = await check(
      running,
      'yes 0123456789abcde | head -c 20100000; echo; echo the end',
    );
    const log = running.deps.store.text(log_ref);
    expect(log.length).toBeLessThan(20_005_000);
    expect(log.slice(-4100)).toContain('\n[96009 bytes are left out here]\n');
    expect(log.endsWith('\nthe end\n[exit code 0]\n')).toBe(true);
    expect(tail.endsWith('\nthe end\n')).toBe(true);
  });

  test('works in a checkout of its own, with what the setup makes, and leaves nothing', async () => {
    const running = await host({ f: 'f\n' });
    const { head_sha } = running.part('a', { g: 'g\n' });
    const checked = await check(
      running,
      'ls; cat made/x; git status --short; git log --format=%s; touch rubbish',
      {
        sha: head_sha,
        setup_command: 'mkdir made && echo x > made/x',
      },
    );
    expect(checked.tail).toBe('f\ng\nmade\nx\n?? made/\na\nthe base\n');
    expect(
      readdirSync(join(running.deps.work_dir, 'job-1/.checks')).filter((name) => name.length === 40),
    ).toEqual([]);
  });

  test('fails where the setup does', async () => {
    const running = await host({ f: 'f\n' });
    const checked = await check(running, 'true', { setup_command: 'echo no such package; exit 1' });
    expect(checked).toMatchObject({ passed: false, how: 'in the setup command', flaky: false });
    expect(checked.tail).toContain('no such package');
  });

  test('is ended when it is called off', async () => {
    const running = await host({ f: 'f\n' });
    const end = new AbortController();
    running.deps.on_line = () => end.abort(new Error('called off'));
    await expect(check(running, 'echo begun; sleep 60', {}, end.signal)).rejects.toThrow('called off');
  });

  test('of a commit that is not on this host asks for it', async () => {
    const running = await host({ f: 'f\n' });
    const checked = check(running, 'true', { sha: '1'.repeat(40) });
    await expect(checked).rejects.toMatchObject({ type: 'WorkMissing' });
  });
});

describe('what a check does is what it does in the base', () => {
  const packageJson = (scripts: Record<string, string>) => JSON.stringify({ name: 'x', scripts });
  async function checkedWith(base: Record<string, Change>, work: Record<string, Change>, command: string) {
    const running = await host(base);
    return await check(running, command, { sha: running.part('a', work).head_sha });
  }

  test('work that makes the script of the test pass is judged by the old one, and named', async () => {
    const checked = await checkedWith(
      { 'package.json': packageJson({ test: 'test ! -e broken' }), f: 'f\n' },
      { 'package.json': packageJson({ test: 'true', pretest: 'rm -f broken' }), broken: 'x\n' },
      'npm test',
    );
    expect(checked).toMatchObject({ passed: false, definition_changed: ['package.json'] });
  });

  test('the rest of package.json is that of the work, and scripts that it brings may be used', async () => {
    const checked = await checkedWith(
      { 'package.json': packageJson({ test: 'node -p "require(\'./package.json\').version"' }) },
      { 'package.json': JSON.stringify({ version: '1.2.3', scripts: { test: 'false', lint: 'x' } }) },
      'npm test && npm pkg get scripts.lint',
    );
    expect(checked).toMatchObject({ passed: true });
    expect(checked.tail).toContain('1.2.3');
    expect(checked.tail).toContain('"x"');
  });

  test('a package.json with other dependencies alone is no other definition', async () => {
    const checked = await checkedWith(
      { 'package.json': packageJson({ test: 'true' }) },
      { 'package.json': JSON.stringify({ dependencies: {}, scripts: { test: 'true', more: 'x' } }) },
      'npm test',
    );
    expect(checked).toMatchObject({ passed: true, definition_changed: [] });
  });

  test.each<[string, Change]>([
    ['changed', 'test:\n\ttrue\n'],
    ['gone', null],
    ['a link', { link: '/tmp/orchestrator-elsewhere' }],
  ])('a Makefile that is %s is that of the base', async (_, change) => {
    const checked = await checkedWith(
      { Makefile: 'test:\n\ttest -e f\n', f: 'f\n' },
      { Makefile: change },
      'make test',
    );
    expect(checked).toMatchObject({ passed: true, definition_changed: ['Makefile'] });
    expect(existsSync('/tmp/orchestrator-elsewhere')).toBe(false);
  });

  test('a package.json that is gone or broken is told, and left alone', async () => {
    const base = { 'package.json': packageJson({ test: 'true' }) };
    for (const change of [null, '{ broken']) {
      const checked = await checkedWith(base, { 'package.json': change, g: 'g\n' }, 'npm test');
      expect(checked).toMatchObject({ passed: false, definition_changed: ['package.json'] });
    }
  });

  const makefile = { Makefile: 'test:\n\ttest ! -e broken\n' };
  const script = { 'package.json': packageJson({ test: 'test ! -e broken' }) };
  test.each<[string, string, Record<string, Change>, Record<string, Change>]>([
    ['a GNUmakefile', 'make test', makefile, { GNUmakefile: 'test:\n\ttrue\n' }],
    ['a makefile', 'make test', makefile, { makefile: 'test:\n\ttrue\n' }],
    ['an .npmrc', 'npm test', script, { '.npmrc': 'script-shell=/bin/true\n' }],
    [
      'a package.json that is a link',
      'npm test',
      script,
      { 'package.json': { link: 'p2.json' }, 'p2.json': packageJson({ test: 'true' }) },
    ],
    [
      'a package.json that is too large to be read',
      'npm test',
      script,
      { 'package.json': JSON.stringify({ x: 'x'.repeat(9 * 1024 ** 2), scripts: { test: 'true' } }) },
    ],
  ])('work does not judge itself by %s', async (_, command, base, work) => {
    const checked = await checkedWith(base, { ...work, broken: 'x\n' }, command);
    const [name] = Object.keys(work);
    expect(checked).toMatchObject({ passed: false, definition_changed: [name] });
  });

  test.each<[string, Record<string, Change>]>([
    ['pytest.ini', { 'pyproject.toml': '[tool.pytest.ini_options]\n' }],
    ['vitest.config.ts', { 'vitest.config.ts': 'as in the base\n' }],
  ])('nor by another %s', async (name, base) => {
    const checked = await checkedWith(
      { ...base, f: 'f\n' },
      { [name]: 'other\n' },
      `! grep -q other ${name} 2> /dev/null`,
    );
    expect(checked).toMatchObject({ passed: true, definition_changed: [name] });
  });

  test('a file that the base does not have is that of the work', async () => {
    const checked = await checkedWith({ f: 'f\n' }, { Makefile: 'test:\n\ttest -e f\n' }, 'make test');
    expect(checked).toMatchObject({ passed: true, definition_changed: [] });
  });
});
