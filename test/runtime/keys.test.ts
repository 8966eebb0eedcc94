import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { dataDir } from '../../config/data-dir.ts';
import { readAddresses } from '../../runtime/addresses.ts';
import { handOver } from '../../runtime/keys.ts';
import { until } from '../setup/until.ts';
import { cleanUp, newFolder } from './launcher-process.ts';

const ROOT = join(import.meta.dirname, '../..');
const KEYS = {
  ANTHROPIC_API_KEY: 'sk-ant-open-sesame-1',
  ORCHESTRATOR_SECRET_DEPLOY: 'open-sesame-2',
  AWS_SECRET_ACCESS_KEY: 'open-sesame-3',
};

let folder: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  folder = newFolder();
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await cleanUp(folder);
});

/** A program with the keys in its environment; gives what it prints. */
function start(program: string, args: string[], env: Record<string, string> = {}) {
  const child = spawn(program, args, {
    cwd: ROOT,
    env: {
      PATH: `${dirname(inject('temporalBinary'))}:${dirname(process.execPath)}:${process.env.PATH}`,
      HOME: process.env.HOME,
      ...{ PORT: '0', TEMPORAL_PORT: '0', TEMPORAL_UI_PORT: '0', ORCHESTRATOR_DATA_DIR: folder },
      ...KEYS,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let text = '';
  child.stdout.on('data', (chunk) => (text += chunk));
  child.stderr.on('data', (chunk) => (text += chunk));
  return { child, output: () => text };
}

/** The process and all below it, by their command lines. */
function familyOf(pid: number): { pid: number; command: string; environment: string }[] {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const entries = all.flatMap((name) => {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      const read = (file: string) => readFileSync(`/proc/${name}/${file}`, 'latin1').replaceAll('\0', ' ');
      return [{ pid: Number(name), parent, command: read('cmdline'), environment: read('environ') }];
    } catch {
      return []; // ended meanwhile
    }
  });
  const family = new Set([pid]);
  for (let before = 0; before !== family.size; ) {
    before = family.size;
    for (const entry of entries) if (family.has(entry.parent)) family.add(entry.pid);
  }
  return entries.filter((entry) => family.has(entry.pid));
}

test.runIf(process.platform === 'linux')(
  '`npm start`: no process shows a key in its environment, and all have them',
  { timeout: 120_000 },
  async () => {
    const npm = start('npm', ['start', '--ignore-scripts', '--', '--data-dir', folder]);
    await until(() => npm.output().includes('Orchestrator is up.'), {
      timeoutMs: 100_000,
      what: 'the service to be up',
    });
    const family = familyOf(npm.child.pid!);
    const { pids } = readAddresses(dataDir(folder))!;
    for (const pid of [npm.child.pid!, ...Object.values(pids)])
      expect(family.map((entry) => entry.pid)).toContain(pid);
    for (const { command, environment } of family) expect(environment, command).not.toMatch(/open-sesame/);
    for (const { environment } of family)
      expect(environment.includes('PATH=') || environment === '').toBe(true);

    const { api_url } = readAddresses(dataDir(folder))!;
    const command = 'printf %s "$KEY" | wc -c';
    const plan = {
      tasks: [{ task_id: 't', title: 'T', agent: 'command', env: { KEY: '${secret:DEPLOY}' }, command }],
    };
    const body = { title: 'T', description: 'D', plan, approval: 'auto' };
    const submitted = await fetch(`${api_url}/orchestrate/submit`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const { job_id } = (await submitted.json()) as { job_id: string };
    const output = await until(
      async () => {
        const status = await fetch(`${api_url}/orchestrate/${job_id}/status`).then((answer) => answer.json());
        return (status as { tasks?: { output_preview?: string }[] }).tasks?.[0]?.output_preview;
      },
      { timeoutMs: 60_000, what: 'the output' },
    );
    expect(output).toBe(`${KEYS.ORCHESTRATOR_SECRET_DEPLOY.length}\n`);
  },
);

test.runIf(process.platform === 'linux').each(['api/main.ts', 'worker/main.ts'])(
  'started alone, %s shows no key either',
  { timeout: 60_000 },
  async (script) => {
    const alone = start(process.execPath, [script], { TEMPORAL_ADDRESS: '127.0.0.1:1' });
    await until(() => existsSync(join(folder, 'logs')) || alone.child.exitCode !== null, {
      timeoutMs: 50_000,
      what: 'the process to have begun',
    });
    expect(alone.child.exitCode, alone.output()).toBeNull();
    expect(familyOf(alone.child.pid!)[0]!.environment).not.toMatch(/open-sesame/);
  },
);

test('what else the environment holds is passed on as it is', () => {
  const { env, keys } = handOver({ ...KEYS, HOME: '/root', TEMPORAL_TLS_KEY: 'key.pem', EMPTY: undefined });
  expect(env).toEqual({ HOME: '/root', TEMPORAL_TLS_KEY: 'key.pem', ORCHESTRATOR_KEYS_FD: '4' });
  expect(JSON.parse(keys)).toEqual(KEYS);
});
