import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { dataDir } from '../../config/data-dir.ts';
import { until } from '../setup/until.ts';
import { cleanUp, newFolder, REAL_LAUNCHER, startLauncher } from './launcher-process.ts';

let folder: string;
beforeEach(() => {
  folder = newFolder();
});
afterEach(() => cleanUp(folder));

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

it('an existing folder is taken from others, what is new is private, and commands have the umask of who started it', {
  timeout: 120_000,
}, async () => {
  chmodSync(folder, 0o755);
  mkdirSync(join(folder, 'logs'), { mode: 0o755 });
  const left = ['host_id', 'logs/temporal.log', 'addresses.json'].map((name) => join(folder, name));
  for (const path of left) writeFileSync(path, '0123456789ab');
  for (const path of left) chmodSync(path, 0o644);
  const stranger = join(folder, 'mine.sh');
  writeFileSync(stranger, '');
  chmodSync(stranger, 0o755);

  const before = process.umask(0o027);
  const launcher = startLauncher(folder, inject('temporalBinary'), {}, REAL_LAUNCHER);
  process.umask(before);
  const { api_url } = await launcher.up();
  expect(launcher.output()).toContain(`could reach 5 of the files and folders in ${folder}; they are now`);
  const task = { task_id: 'mask', title: 'mask', agent: 'command', command: 'umask; touch made' };
  const answer = await fetch(`${api_url}/orchestrate/submit`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ title: 'x', description: 'x', approval: 'auto', plan: { tasks: [task] } }),
  });
  const { job_id } = (await answer.json()) as { job_id: string };
  const done = await until(
    async () => {
      const view = await (await fetch(`${api_url}/orchestrate/${job_id}/status`)).json();
      const { tasks } = view as { tasks: { status: string; output_preview: string }[] };
      return tasks[0]?.status === 'completed' && tasks[0];
    },
    { what: 'the command' },
  );
  expect(done.output_preview).toBe('0027\n');
  expect(modeOf(join(folder, 'work', job_id, 'made'))).toBe('640');

  const { orchestratorDb, temporalDb, logs } = dataDir(folder);
  for (const path of [orchestratorDb, temporalDb]) expect(modeOf(path), path).toBe('600');
  for (const name of readdirSync(folder).filter((one) => one !== 'mine.sh')) {
    expect(modeOf(join(folder, name)), name).toMatch(/^[67]00$/); // sockets are 700
  }
  for (const name of readdirSync(logs)) expect(modeOf(join(logs, name)), name).toBe('600');
  expect(modeOf(folder)).toBe('700');
  expect(modeOf(stranger)).toBe('755');
  expect(await launcher.end('SIGTERM')).toBe(0);
});

it('a key is made in a folder for its owner only', () => {
  const made = join(folder, 'made');
  const bin = join(import.meta.dirname, '../../cli/bin.ts');
  const before = process.umask(0o022);
  execFileSync(process.execPath, [bin, 'keys', 'create', '--role', 'admin', '--data-dir', made]);
  process.umask(before);
  expect(modeOf(made)).toBe('700');
  expect(modeOf(dataDir(made).orchestratorDb)).toBe('600');
  expect(readFileSync(dataDir(made).orchestratorDb).length).toBeGreaterThan(0);
});
