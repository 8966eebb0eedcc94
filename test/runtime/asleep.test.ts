import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { dataDir } from '../../config/data-dir.ts';
import { type Addresses, readAddresses } from '../../runtime/addresses.ts';
import { until } from '../setup/until.ts';
import { cleanUp, newFolder } from './launcher-process.ts';

const ROOT = join(import.meta.dirname, '../..');
const HEARTBEAT_SECONDS = 1;

let folder: string;
let launcher: ChildProcess;
let service: Addresses;
beforeEach(async () => {
  folder = newFolder();
  launcher = spawn(process.execPath, ['runtime/main.ts', '--data-dir', folder], {
    cwd: ROOT,
    env: {
      PATH: `${dirname(inject('temporalBinary'))}:${process.env.PATH}`,
      HOME: process.env.HOME,
      ...{ PORT: '0', TEMPORAL_PORT: '0', TEMPORAL_UI_PORT: '0' },
      ORCHESTRATOR_HEARTBEAT_SECONDS: String(HEARTBEAT_SECONDS),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  launcher.stdout!.on('data', (chunk) => (text += chunk));
  await until(() => text.includes('Orchestrator is up.'), { timeoutMs: 100_000, what: 'the service' });
  service = readAddresses(dataDir(folder))!;
}, 110_000);
afterEach(async () => {
  for (const pid of Object.values(service?.pids ?? {})) process.kill(pid, 'SIGCONT');
  launcher.kill('SIGKILL');
  await cleanUp(folder);
});

async function submit(command: string): Promise<string> {
  const plan = { tasks: [{ task_id: 't', title: 'T', agent: 'command', command, max_attempts: 1 }] };
  const answer = await fetch(`${service.api_url}/orchestrate/submit`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ title: 'T', description: 'D', plan, approval: 'auto' }),
  });
  return ((await answer.json()) as { job_id: string }).job_id;
}

interface View {
  status: string;
  tasks: { status: string; attempt: number; output_preview: string | null }[];
}

const ended = (job_id: string) =>
  until(
    async () => {
      const view = (await (await fetch(`${service.api_url}/orchestrate/${job_id}/status`)).json()) as View;
      return ['completed', 'failed', 'needs_review'].includes(view.status) && view;
    },
    { timeoutMs: 90_000, what: 'the end of the job' },
  );

/** What the command wrote into its folder. */
const written = (job_id: string, name: string): string => {
  try {
    return readFileSync(join(folder, 'work', job_id, name), 'utf8');
  } catch {
    return '';
  }
};

type Part = 'temporal' | 'worker' | 'api' | 'launcher';

/**
 * Stops them for much longer than the heartbeat time-out. Temporal wakes first.
 * @param untilMissed waits for what the others are to wake to
 */
async function sleepThrough(parts: readonly Part[], untilMissed = async () => {}): Promise<void> {
  const send = (signal: NodeJS.Signals, to: readonly Part[]) => {
    for (const part of to) process.kill(service.pids[part]!, signal);
  };
  send('SIGSTOP', parts);
  const until_at = Date.now() + HEARTBEAT_SECONDS * 4000;
  await until(() => Date.now() > until_at, { what: 'the heartbeat time-out to be over' });
  const [temporal, others] = [parts.filter(isTemporal), parts.filter((part) => !isTemporal(part))];
  send('SIGCONT', temporal);
  try {
    await untilMissed();
  } finally {
    send('SIGCONT', others);
  }
}

const isTemporal = (part: Part) => part === 'temporal';

describe('a command that runs while the machine sleeps', { timeout: 240_000 }, () => {
  const WORK = 'echo run >> runs; until [ -e go ]; do sleep 0.1; done; echo done';

  test.each([
    ['the worker alone', ['worker'], true],
    // heartbeats wait in its socket, so that it may miss none
    ['Temporal alone', ['temporal'], false],
    ['all', ['temporal', 'worker', 'api', 'launcher'], true],
  ] as const)('runs once and is gone on with: %s stopped', async (_, names, startsAgain) => {
    const job_id = await submit(`${WORK} & wait`);
    await until(() => written(job_id, 'runs'), { what: 'the command' });
    await sleepThrough(names, async () => {
      if (!startsAgain) return;
      // before its worker wakes: a heartbeat that is on its way might still be in time
      await until(async () => (await startsByNow(job_id)) >= 2, {
        timeoutMs: 90_000,
        what: 'a second start',
      });
    });
    writeFileSync(join(folder, 'work', job_id, 'go'), '');
    const view = await ended(job_id);
    expect(view).toMatchObject({ status: 'completed', tasks: [{ attempt: 1, output_preview: 'done\n' }] });
    expect(written(job_id, 'runs')).toBe('run\n');
  });

  test('that ends meanwhile has its result taken, and does not run again', async () => {
    const job_id = await submit('echo run >> runs; sleep 2; echo done');
    await until(() => written(job_id, 'runs'), { what: 'the command' });
    await sleepThrough(['worker']);
    expect(await ended(job_id)).toMatchObject({
      status: 'completed',
      tasks: [{ attempt: 1, output_preview: 'done\n' }],
    });
    expect(written(job_id, 'runs')).toBe('run\n');
  });
});

/** How often the server has started the command by now, while it runs. */
async function startsByNow(job_id: string): Promise<number> {
  const connection = await Connection.connect({ address: service.temporal_address });
  try {
    const client = new Client({ connection, namespace: service.namespace });
    const { raw } = await client.workflow.getHandle(`job-${job_id}/task-t`).describe();
    return Math.max(0, ...(raw.pendingActivities ?? []).map(({ attempt }) => attempt ?? 0));
  } finally {
    await connection.close();
  }
}
