import { execFileSync } from 'node:child_process';
import { chmodSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ApprovalView } from '../../contracts/view.ts';
import { approvalsQuery } from '../../workflows/messages.ts';
import { type HttpGit, startHttpGit } from '../fakes/git-servers.ts';
import { planOf, startJob, type TestJob } from '../setup/jobs.ts';
import { until } from '../setup/until.ts';
import { startTestWorker, type TestWorker } from '../setup/worker.ts';
import { type Gate, makeGate } from './gate.ts';
import { ANY_SOURCE, inSource, makeSource, type Source } from './source.ts';

const TOKEN = 'tok-0123456789';

let worker: TestWorker;
let server: HttpGit;
let served: Source;
const made: { remove(): void }[] = [];
beforeAll(async () => {
  served = makeSource({ 'a.txt': 'a\n' });
  served.git('clone', '--quiet', '--bare', served.path, join(served.path, 'served.git'));
  served.git('-C', 'served.git', 'config', 'http.receivepack', 'true');
  server = await startHttpGit({ root: served.path, token: TOKEN });
  const hosts = { [server.host]: { token_env: 'FORGE_TOKEN', allow_push: true } };
  const repositories = { ...ANY_SOURCE.repositories, hosts };
  worker = await startTestWorker({ config: { repositories }, env: { FORGE_TOKEN: TOKEN } });
});
afterAll(async () => {
  await worker.close();
  await server.close();
  served.remove();
});
afterEach(() => {
  for (const one of made.splice(0)) one.remove();
});
const sourceOf = (files: Record<string, string>): Source => {
  const source = makeSource(files);
  made.push(source);
  return source;
};
const gateOf = (): Gate => {
  const gate = makeGate();
  made.push(gate);
  return gate;
};
const branchOf = ({ job_id }: TestJob) => `orchestrator/${job_id}/result`;
const typesOf = async (job: TestJob) => (await job.events()).map(({ type }) => type);

describe('a repository that jobs cannot work in is said in words, and nothing runs', () => {
  const refusedFor = async (source: Source, fields = {}) => {
    const plan = planOf([{ task_id: 'one' }]);
    const job = await startJob(worker, { ...inSource(source, fields), plan });
    expect(await job.result()).toMatchObject({ status: 'failed' });
    expect(await typesOf(job)).not.toContain('task.started');
    const { error } = await job.status();
    expect(error).toMatchObject({ code: 'repository' });
    return error!.message;
  };

  test('an empty one, a shallow one, one without the branch, one that is gone', async () => {
    const source = sourceOf({ 'a.txt': 'a\n' });
    source.commit({ 'a.txt': 'b\n' });
    const below = (name: string): Source => ({ ...source, path: join(source.path, name) });
    source.git('init', '--quiet', 'empty');
    source.git('clone', '--quiet', '--depth=1', `file://${source.path}`, 'shallow');
    expect(await refusedFor(below('empty'))).toContain('it has no commit yet');
    expect(await refusedFor(below('shallow'))).toContain('git fetch --unshallow');
    expect(await refusedFor(below('nothing'))).toContain(`There is no folder ${source.path}/nothing`);
    const message = await refusedFor(source, { base_branch: '--upload-pack=touch' });
    expect(message).toContain('has no branch "--upload-pack=touch". Set base_branch to one of: "main"');
  });
});

test('what an agent leaves, whatever it is called and whatever it is, lands or is named', async () => {
  const source = sourceOf({ 'a.txt': 'a\n', 'deep/b.txt': 'b\n' });
  const pointer = source.git('rev-parse', 'HEAD');
  source.git('update-index', '--add', '--cacheinfo', `160000,${pointer},module`);
  source.git('commit', '--quiet', '--message', 'a submodule');
  const command = [
    `printf x > 'two words'; printf x > '-rf'; printf x > '"quoted"'; printf x > "$(printf 'line\\nbreak')"`,
    `printf x > "$(printf 'latin-\\351')"; printf x > twin; printf x > TWIN; ln -s /etc/passwd leads-out`,
    'git init -q nested; echo n > nested/n.txt; mkdir odd; echo "gitdir: /etc" > odd/.git; echo o > odd/o.txt',
    'mkdir -p module; git init -q module; echo m > module/m.txt',
    `printf '#!/bin/sh\\ntouch ran' > .git/hooks/pre-commit; chmod +x .git/hooks/pre-commit`,
    `git config core.fsmonitor 'touch ran'; git config filter.bad.clean 'touch ran'; echo '* filter=bad' > .gitattributes`,
  ].join('; ');
  const job = await startJob(worker, {
    ...inSource(source),
    plan: planOf([
      { task_id: 'one', command },
      { task_id: 'two', command: 'ls -A > seen', depends_on: ['one'] },
    ]),
  });
  expect(await job.result()).toMatchObject({ status: 'completed' });
  const branch = branchOf(job);
  const listed = execFileSync('git', ['ls-tree', '-r', '-z', '--name-only', branch], { cwd: source.path });
  const names = listed.toString('latin1').split('\0').filter(Boolean);
  expect(names.toSorted()).toEqual(
    [
      ...['"quoted"', '-rf', '.gitattributes', 'TWIN', 'a.txt', 'deep/b.txt', 'latin-\xe9', 'leads-out'],
      ...['line\nbreak', 'module', 'nested/n.txt', 'odd/o.txt', 'seen', 'twin', 'two words'],
    ].toSorted(),
  );
  expect(source.show(branch, 'leads-out')).toBe('/etc/passwd');
  expect(source.git('rev-parse', `${branch}:module`)).toBe(pointer);
  expect(source.show(branch, 'seen').split('\n')).not.toContain('ran');
  const committed = (await job.events()).find(
    ({ type, task_id }) => type === 'task.committed' && task_id === 'one',
  )!;
  const warnings = (committed.data.warnings as string[]).join('\n');
  for (const said of ['nested', 'odd', 'leads-out']) expect(warnings).toContain(said);
});

test('names that differ in case only do not land beside each other: a conflict, and both are named', async () => {
  const source = sourceOf({ 'a.txt': 'a\n' });
  const gate = gateOf();
  const job = await startJob(worker, {
    ...inSource(source),
    plan: planOf([
      { task_id: 'one', command: 'echo one > Notes.md' },
      { task_id: 'two', command: `${gate.wait}; echo two > notes.md` },
    ]),
  });
  await gate.reached();
  await job.taskReaches('one', 'completed');
  gate.open();
  const asked = () => job.handle.query<ApprovalView[]>(approvalsQuery.name);
  const [approval] = await until(async () => (await asked()).length > 0 && (await asked()), {
    what: 'a person to be asked',
  });
  expect(approval).toMatchObject({ kind: 'conflict', task_id: 'two' });
  const { repository } = (await job.status()).tasks[1]!;
  expect(repository).toMatchObject({ merge: 'conflict', commits: 1 });
  expect(repository!.conflict_files!.toSorted()).toEqual(['Notes.md', 'notes.md']);
  await job.update('skip_task', { task_id: 'two' });
  expect(await job.result()).toMatchObject({ status: 'completed' });
  expect(source.git('ls-tree', '--name-only', branchOf(job))).toBe('Notes.md\na.txt');
});

describe('a base', () => {
  test('whose check fails is told at once, and lands nothing but what mends it', async () => {
    const source = sourceOf({ 'a.txt': 'bad\n' });
    const job = await startJob(worker, {
      ...inSource(source, { commands: { setup: null, check: '! grep -q bad a.txt', lock: null } }),
      plan: planOf([
        { task_id: 'mends', command: 'echo good > a.txt' },
        { task_id: 'goes-on', command: 'echo more > b.txt', depends_on: ['mends'] },
        { task_id: 'breaks', command: 'echo bad >> a.txt', max_attempts: 1, depends_on: ['goes-on'] },
      ]),
    });
    const view = await job.reach('needs_review');
    expect(view.warnings.join()).toContain(
      'the check `! grep -q bad a.txt` fails on main itself (exit code 1)',
    );
    expect(view.repository).toMatchObject({ landed: 2, check: { base: 'failed', status: 'passed' } });
    expect(view.tasks[2]).toMatchObject({ status: 'failed', error: { code: 'check_failed' } });
    await job.update('skip_task', { task_id: 'breaks' });
    expect(await job.result()).toMatchObject({ status: 'completed' });
    expect(source.show(branchOf(job), 'a.txt')).toBe('good');
  });

  test.each(['moves', 'vanishes'])('that %s while the job runs changes nothing for it', async (what) => {
    const source = sourceOf({ 'a.txt': 'old\n' });
    source.commit({ 'a.txt': 'a\n' });
    const base = source.git('rev-parse', 'HEAD');
    const gate = gateOf();
    const job = await startJob(worker, {
      ...inSource(source, { base_branch: 'main' }),
      plan: planOf([
        { task_id: 'one', command: `${gate.wait}; echo one >> a.txt` },
        { task_id: 'two', command: 'echo two >> a.txt', depends_on: ['one'] },
      ]),
    });
    await gate.reached();
    if (what === 'moves') source.commit({ 'a.txt': 'theirs\n' });
    else {
      source.git('checkout', '--quiet', '-b', 'other', 'HEAD~1');
      source.git('branch', '--delete', '--force', 'main');
      source.git('reflog', 'expire', '--expire=now', '--all');
      source.git('gc', '--quiet', '--prune=now');
    }
    gate.open();
    expect(await job.result()).toMatchObject({ status: 'completed' });
    const branch = branchOf(job);
    expect(source.show(branch, 'a.txt')).toBe('a\none\ntwo');
    expect(source.git('merge-base', '--is-ancestor', base, branch)).toBe('');
    expect((await job.status()).repository).toMatchObject({ base_sha: base, base_branch: 'main' });
    if (what === 'moves') expect(source.show('main', 'a.txt')).toBe('theirs');
  });
});

describe('a delivery that is refused', () => {
  test('is said in the words of the remote, and made once that takes it', async () => {
    const hook = join(served.path, 'served.git/hooks/pre-receive');
    writeFileSync(hook, '#!/bin/sh\necho "no robots here" >&2\nexit 1\n');
    chmodSync(hook, 0o755);
    const where = { ...served, path: `${server.url}/served.git` };
    const job = await startJob(worker, {
      ...inSource(where),
      plan: planOf([{ task_id: 'one', command: 'echo one >> a.txt' }]),
    });
    const view = await job.reach('needs_review');
    expect(view.error).toMatchObject({ code: 'delivery_failed' });
    expect(view.error!.message).toContain('no robots here');
    expect(view.repository).toMatchObject({ landed: 1, delivered: null });
    renameSync(hook, `${hook}.off`);
    expect(await job.result()).toMatchObject({ status: 'completed' });
    expect(served.git('-C', 'served.git', 'show', `${branchOf(job)}:a.txt`)).toBe('a\none');
    rmSync(`${hook}.off`);
  });

  test('may be left to itself by whoever finishes the job, and the work stays to be fetched', async () => {
    const source = sourceOf({ 'a.txt': 'a\n' });
    const gate = gateOf();
    const job = await startJob(worker, {
      ...inSource(source),
      plan: planOf([{ task_id: 'one', command: `${gate.wait}; echo one >> a.txt` }]),
    });
    await gate.reached();
    // somebody's own work goes by that name
    source.git('branch', branchOf(job), source.git('commit-tree', '-m', 'theirs', 'HEAD^{tree}'));
    gate.open();
    const view = await job.reach('needs_review');
    expect(view.error!.message).toContain('with commits that this job does not know, and nothing is forced');
    await job.update('finish');
    await job.result();
    expect(source.git('log', '--format=%s', branchOf(job))).toBe('theirs');
    const { repository } = await job.status();
    expect(repository).toMatchObject({ landed: 1, delivered: null });
    expect(repository!.head_sha).not.toBe(repository!.base_sha);
  });
});
