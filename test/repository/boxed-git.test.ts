import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { makeCheckout } from '../../activities/repository/clone/checkout.ts';
import { keepRecord, readClone } from '../../activities/repository/clone/clone.ts';
import { applySetup } from '../../activities/repository/clone/setup.ts';
import { importPushed } from '../../activities/repository/commit/pushed.ts';
import { isSafeToRemove } from '../../activities/repository/commit/safe-to-remove.ts';
import { BoxError, type GitBox } from '../../activities/repository/git/box.ts';
import { git } from '../../activities/repository/git/git.ts';
import { overTree } from '../../activities/repository/git/over-tree.ts';
import { noSandbox, type Sandbox } from '../../activities/sandbox/sandbox.ts';
import { MISSING, sandboxOf } from '../sandbox/setup.ts';
import { bare, tempFolder, writeFiles } from './bare.ts';
import { delegated } from './delegated.ts';
import { host } from './host.ts';
import { scripted } from './sandbox.ts';
import { jobOn, run, signal, type TestJob, testDeps } from './task-host.ts';

const PATH = process.env.PATH!;
const made: Sandbox[] = [];
beforeAll(async () => {
  if (!MISSING) made.push(await sandboxOf());
});
afterEach(() => {
  process.env.PATH = PATH;
});
afterAll(async () => {
  for (const one of made) await one.close();
});
const sandboxed = () => made[0]!;

async function jobWith(sandbox: Sandbox, files: Parameters<typeof jobIn>[1] = { 'a.txt': 'a\n' }) {
  return await jobIn({ ...testDeps(), sandbox }, files);
}

async function jobIn(
  deps: Parameters<typeof jobOn>[0],
  files: Parameters<ReturnType<typeof bare>['commit']>[1],
): Promise<TestJob> {
  const source = bare();
  source.git('update-ref', 'refs/heads/main', source.commit(null, files));
  return await jobOn(deps, source);
}

/** Gives the calls of programs that are made outside of a sandbox, each with the places that it is told; only by the engine. */
function watchPrograms(...names: string[]): () => string[] {
  const folder = tempFolder();
  const log = join(folder, 'log');
  for (const name of names) {
    const note = `echo "$PWD $GIT_DIR $GIT_WORK_TREE ${name} $*" >> ${log}`;
    const script = `#!/bin/sh\n[ -z "$ORCHESTRATOR_RUN_ID" ] || ${note}\nPATH="\${PATH#*:}"\nexec ${name} "$@"\n`;
    writeFileSync(join(folder, name), script);
    chmodSync(join(folder, name), 0o755);
  }
  process.env.PATH = `${folder}${delimiter}${PATH}`;
  return () => readFileSync(log, 'utf8').split('\n').filter(Boolean);
}

/** A sandbox whose calls of git have settings besides those of ours, as if a way had been found to put them there. */
const withSettings = (sandbox: Sandbox, settings: Record<string, string>): Sandbox => ({
  ...sandbox,
  confine(call, ...rest) {
    const first = Number(call.env.GIT_CONFIG_COUNT);
    const more = Object.entries(settings).flatMap(([key, value], index) => [
      [`GIT_CONFIG_KEY_${first + index}`, key],
      [`GIT_CONFIG_VALUE_${first + index}`, value],
    ]);
    const count = ['GIT_CONFIG_COUNT', String(first + more.length / 2)];
    const env = { ...call.env, ...Object.fromEntries([...more, count]) };
    return sandbox.confine({ ...call, env }, ...rest);
  },
});

/** What a filter would run that looks for the host around it, and marks it; `expectSeen`: what it printed in files of a task. */
async function curious() {
  const folder = tempFolder();
  const [mark, secret] = [join(folder, 'mark'), join(folder, 'secret')];
  writeFileSync(secret, 'of the data folder\n');
  let reached = 0;
  const server = createServer((socket) => {
    reached += 1;
    socket.end();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as { port: number };
  const program = [
    `touch '${mark}'; cat '${secret}' /etc/passwd; tr '\\0' '\\n' < /proc/${process.pid}/environ`,
    `timeout 5 bash -c 'echo > /dev/tcp/127.0.0.1/${port}'; cat; echo it ran`,
  ];
  return {
    files: { '.evil': program.join('; '), '.gitattributes': '*.txt filter=evil\n', 'a.txt': 'a\n' },
    settings: { 'filter.evil.clean': 'sh .evil', 'filter.evil.smudge': 'sh .evil' },
    expectSeen(texts: string[], isOutside: boolean) {
      server.close();
      for (const text of texts) {
        expect(text).toContain('it ran');
        expect(text.includes('of the data folder')).toBe(isOutside);
        expect(text.includes('root:')).toBe(isOutside);
        expect(text.includes('PATH=')).toBe(isOutside);
      }
      expect(existsSync(mark)).toBe(isOutside);
      expect(reached > 0).toBe(isOutside);
    },
  };
}

describe.skipIf(MISSING)(`git over what an agent wrote${MISSING ? ` (${MISSING})` : ''}`, () => {
  test.each(['open', 'bubblewrap'] as const)('runs what it is told to in the sandbox: %s', async (kind) => {
    const { files, settings, expectSeen } = await curious();
    const sandbox = kind === 'open' ? scripted('exec "$@"') : sandboxed();
    const job = await jobWith(withSettings(sandbox, settings), files);
    const clone = await job.prepare('t');
    const checkout = join(tempFolder(), 'checkout');
    await makeCheckout(job.deps, { git_dir: job.git_dir, folder: checkout, sha: job.at.base_sha }, signal);
    writeFiles(clone, { 'b.txt': 'b\n' });
    const { head_sha } = await job.commit('t');
    const seen = [
      readFileSync(join(clone, 'a.txt'), 'utf8'),
      readFileSync(join(checkout, 'a.txt'), 'utf8'),
      job.mirror('cat-file', '-p', `${head_sha}:b.txt`),
    ];
    expectSeen(seen, kind === 'open');
  });

  test.each([
    ['moved', 'open'],
    ['moved', 'bubblewrap'],
    ['moved by the next worker', 'open'],
    ['moved by the next worker', 'bubblewrap'],
  ] as const)(
    'runs what it is told to in it also where a clone is %s to the work of others: %s',
    async (how, kind) => {
      const { files, settings, expectSeen } = await curious();
      const sandbox = kind === 'open' ? scripted('exec "$@"') : sandboxed();
      // none that says of what lies there that it has changed
      const smudge = 'filter.evil.smudge';
      const job = await jobWith(noSandbox(), files);
      const { work_dir } = job.deps;
      const clone = await job.prepare('t');
      const others = await delegated(job, 'j.1', { 'a.txt': 'theirs\n' });
      const name = { job_id: 'j', task_id: 't' };
      if (how !== 'moved') {
        const move = { ours: others.begun, to: others.head_sha, delegated_job_id: 'j.1' };
        keepRecord(work_dir, name, { ...readClone(work_dir, name)!, move });
      }
      expect(
        await others.bring({ sandbox: withSettings(sandbox, { [smudge]: settings[smudge] }) }),
      ).toMatchObject({
        ...{ status: 'brought', head_sha: others.head_sha },
      });
      const text = readFileSync(join(clone, 'a.txt'), 'utf8');
      expect(text).toContain('theirs');
      expectSeen([text], kind === 'open');
    },
  );

  test.each(['none', 'bubblewrap'] as const)('has no place of a task outside of it: %s', async (kind) => {
    const sandbox = kind === 'none' ? noSandbox() : sandboxed();
    const job = await jobWith(sandbox, { 'a.txt': 'a\n', sub: { submodule: '1'.repeat(40) } });
    const { deps, at } = job;
    const calls = watchPrograms('git', 'xargs');
    const clone = await job.prepare('t');
    writeFiles(clone, { 'own.txt': 'o\n' });
    run(clone, 'add', 'own.txt');
    run(clone, 'commit', '-q', '-m', 'mine');
    writeFiles(clone, { 'a.txt': 'changed\n', 'new/file.txt': 'n\n' });
    const committed = await job.commit('t');
    expect(committed).toMatchObject({ commits: 2, warnings: [] });
    expect(await isSafeToRemove(deps, { ...at, task_id: 't' }, signal)).toBe(true);
    const others = await delegated(job, 'j.1', { 'b.txt': 'theirs\n' });
    writeFiles(clone, { 'a.txt': 'changed again\n' });
    const brought = (await others.bring()) as { head_sha: string };
    const name = { job_id: 'j', task_id: 't' };
    const move = { ours: others.head_sha, to: brought.head_sha, delegated_job_id: 'j.1' };
    keepRecord(deps.work_dir, name, { ...readClone(deps.work_dir, name)!, move });
    expect(await others.bring()).toMatchObject(brought);
    const pushed = { at, task_id: 'p', from_sha: at.base_sha, bundle_ref: committed.bundle_ref! };
    expect(await importPushed(deps, pushed, signal)).toMatchObject({ commits: 2 });
    expect(calls().length).toBeGreaterThan(10);
    const there = calls().filter((call) => call.includes(deps.work_dir));
    if (kind === 'bubblewrap') expect(there).toEqual([]);
    else for (const of of ['/tree', '/commit-', '/move-', '/pushed-']) expect(there.join('\n')).toContain(of);
  });

  test.each(['none', 'bubblewrap'] as const)('is what a setup is listed and copied by: %s', async (kind) => {
    const running = await host({ 'package.json': '{}' });
    const deps = { ...running.deps, sandbox: kind === 'none' ? noSandbox() : sandboxed() };
    const { at, mirror } = running;
    const calls = watchPrograms('git', 'xargs');
    const folder = join(deps.work_dir, 'job-1', 'clone');
    await makeCheckout(deps, { git_dir: mirror.git_dir, folder, sha: at.base_sha }, signal);
    const setup_command =
      'mkdir -p node_modules "two words/x"; echo x > node_modules/x; echo y > "two words/x/y"';
    const input = { at, folder, sha: at.base_sha, setup_command, about: 't' };
    expect(await applySetup(deps, input, signal)).toMatchObject({
      unignored: ['node_modules/', 'two words/'],
    });
    expect(readFileSync(join(folder, 'node_modules/x'), 'utf8')).toBe('x\n');
    expect(readFileSync(join(folder, 'two words/x/y'), 'utf8')).toBe('y\n');
    const there = calls().filter((call) => call.includes('/setups/') || call.includes(deps.work_dir));
    if (kind === 'bubblewrap') expect(there).toEqual([]);
    else for (const of of ['read-tree', 'ls-files', ' cp ']) expect(there.join('\n')).toContain(of);
  });

  test('sees what it is given, and nothing that the configuration shows to all', async () => {
    const [shown, given, own] = [tempFolder(), tempFolder(), tempFolder()];
    for (const folder of [shown, given, own]) writeFileSync(join(folder, 'file'), `of ${folder}\n`);
    const sandbox = await sandboxOf({ readable: [shown], writable: [shown] });
    made.push(sandbox);
    const box: GitBox = { sandbox, writable: [own], readable: [given] };
    const script = `cat ${shown}/file ${given}/file; echo x > ${given}/file; echo new > ${own}/file; ls /tmp /etc ~`;
    const call = { program: 'sh', cwd: own, signal, box, codes: [0, 2] };
    const text = (await git(['-c', script], call)).stdout.toString();
    expect(text).toContain(`of ${given}`);
    expect(text).not.toContain(`of ${shown}`);
    expect(text).not.toContain('passwd');
    expect(readFileSync(join(given, 'file'), 'utf8')).toBe(`of ${given}\n`);
    expect(readFileSync(join(own, 'file'), 'utf8')).toBe('new\n');
  });

  test('fails as it does without one', async () => {
    for (const sandbox of [noSandbox(), sandboxed()]) {
      const folder = tempFolder();
      const git_dir = bare(folder).git_dir;
      const box = { sandbox, writable: [folder], readable: [] };
      const over = overTree({ git_dir, folder, index: join(folder, 'index'), box });
      const failed = over([['read-tree', 'nothing'], ['write-tree']], { signal });
      await expect(failed).rejects.toThrow('git read-tree, write-tree: Not a valid object name nothing');
      await expect(failed).rejects.toMatchObject({ name: 'GitError', code: 128 });
      expect((await over([['ls-files', "it's"]], { signal })).code).toBe(0);
    }
  });
});

test('where its sandbox can not be made nothing is taken, and that is no fault of the work', async () => {
  const job = await jobWith(noSandbox());
  const folder = await job.prepare('t');
  writeFiles(folder, { 'own.txt': 'o\n', '.gitignore': 'ignored\n', ignored: 'i\n' });
  run(folder, 'add', '-A');
  run(folder, 'commit', '-q', '-m', 'mine');
  const deps = { ...job.deps, sandbox: scripted('echo "bwrap: no room for namespaces" >&2; exit 1') };
  const broken = await jobOn(deps, job.source);
  const failed = broken.commit('t');
  await expect(failed).rejects.toThrow(BoxError);
  await expect(failed).rejects.toThrow('git was not run: no room for namespaces');
  expect(() => job.mirror('rev-parse', '--verify', 'refs/heads/orchestrator/j/tasks/t')).toThrow();
  expect(await job.commit('t')).toMatchObject({ commits: 1, ignored_files: 1, warnings: [] });
});

test('an index that was made into a link is not followed', async () => {
  const secret = join(tempFolder(), 'secret');
  writeFileSync(secret, 'of somebody else\n');
  const job = await jobWith(scripted(`"$@"; rm "$GIT_INDEX_FILE"; ln -s '${secret}' "$GIT_INDEX_FILE"`));
  await expect(job.prepare('t')).rejects.toThrow('git left no index');
});

test('what git takes from nobody is refused by name', async () => {
  const job = await jobWith(noSandbox());
  const folder = await job.prepare('t');
  writeFiles(folder, { '.gitmodules': '[submodule "a"]\n\tpath = a\n\turl = --upload-pack=touch\n' });
  await expect(job.commit('t')).rejects.toMatchObject({
    type: 'CommitRefused',
    message: expect.stringContaining('gitmodulesUrl'),
  });
  mkdirSync(join(folder, 'b'));
  writeFiles(folder, { '.gitmodules': '' });
  expect((await job.commit('t')).files).toEqual(['.gitmodules']);
});
