import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { dataDir } from '../../config/data-dir.ts';
import { type Addresses, readAddresses } from '../../runtime/addresses.ts';
import { freePort } from '../../runtime/ports.ts';
import { startedAt } from '../../runtime/processes.ts';
import { waitForTemporal } from '../../runtime/temporal/health.ts';
import { until } from '../setup/until.ts';
import { cleanUp, type LauncherProcess, newFolder, startLauncher } from './launcher-process.ts';

let folder: string;
let launchers: LauncherProcess[];

beforeEach(() => {
  folder = newFolder();
  launchers = [];
});
afterEach(async () => {
  for (const launcher of launchers) launcher.process.kill('SIGKILL');
  await cleanUp(folder);
});

function start(env: Record<string, string> = {}): LauncherProcess {
  const launcher = startLauncher(folder, inject('temporalBinary'), env);
  launchers.push(launcher);
  return launcher;
}

describe('the launcher', () => {
  it('keeps everything running, keeps state over a restart, and stops in order', async () => {
    const launcher = start();
    const first = await launcher.up();
    expect((await fetch(`${first.api_url}/healthz`)).status).toBe(200);
    const env = await environmentOfApi(first);
    expect((await fetch(env.TEMPORAL_UI_UPSTREAM!)).status).toBe(200);
    expect(first.temporal_ui_url).toBe(`http://127.0.0.1:${env.TEMPORAL_UI_PORT}`);
    for (const place of [first.api_url, first.temporal_address, first.temporal_ui_url, folder])
      expect(launcher.output()).toContain(place);
    await startWorkflow(first, 'kept');

    const rival = start();
    expect(await rival.end('SIGCONT')).toBe(1); // ends by itself
    expect(rival.output()).toContain(
      `Another launcher (pid ${launcher.process.pid}) is running on ${folder}`,
    );

    for (const name of ['worker', 'api', 'temporal'] as const) process.kill(first.pids[name]!, 'SIGKILL');
    const second = await until(
      () => {
        const now = readAddresses(dataDir(folder));
        const changed = (['worker', 'api', 'temporal'] as const).every(
          (name) => now?.pids[name] !== first.pids[name],
        );
        return changed && now;
      },
      { what: 'worker, API and Temporal to be started again' },
    );
    expect({ ...second, pids: undefined }).toEqual({ ...first, pids: undefined });
    await until(() => isRunning(second, 'kept'), { what: 'the workflow, after kill -9 of the server' });
    await until(() => isHealthy(second), { what: 'the API to answer again' });
    expect(launcher.output()).toMatch(/Temporal \(pid \d+\) ended: SIGKILL; starting it again in 0\.2 s/);

    expect(await launcher.end('SIGTERM')).toBe(0);
    expect(readFileSync(join(folder, 'ends.txt'), 'utf8')).toBe('api\nworker\n');
    expect(readAddresses(dataDir(folder))).toBeUndefined();
    for (const pid of Object.values(second.pids)) expect(await startedAt(pid)).toBeUndefined();

    const again = start();
    expect(await isRunning(await again.up(), 'kept')).toBe(true);
    expect(await again.end('SIGINT')).toBe(0);
  });

  it('adopts the server left by kill -9, once worker and API have stopped by themselves', async () => {
    const killed = start();
    const before = await killed.up();
    await startWorkflow(before, 'kept');
    const { TEMPORAL_UI_UPSTREAM: rawUi } = await environmentOfApi(before);
    await killed.end('SIGKILL');

    const port = new URL(before.api_url).port;
    const next = start({ PORT: port });
    const after = await next.up();
    expect(after.pids.temporal).toBe(before.pids.temporal);
    expect(after.temporal_address).toBe(before.temporal_address);
    expect((await fetch((await environmentOfApi(after)).TEMPORAL_UI_UPSTREAM!)).status).toBe(200);
    expect(after.api_url).toBe(before.api_url); // it waited for the old API instead of moving away from it
    expect(next.output()).toContain('reusing the Temporal server of the last start');
    expect(readFileSync(join(folder, 'ends.txt'), 'utf8').split('\n').sort()).toEqual(['', 'api', 'worker']);
    expect(await isRunning(after, 'kept')).toBe(true);
    expect(await environmentOfApi(after)).toMatchObject({ TEMPORAL_UI_UPSTREAM: rawUi });

    process.kill(after.pids.temporal!, 'SIGKILL');
    await until(() => next.output().includes('Temporal (pid'), {
      what: 'the end of an adopted server to be seen',
    });
    await until(() => isRunning(after, 'kept'), { what: 'a new server on the same port and file' });
    expect(await next.end('SIGTERM')).toBe(0);
  });

  it('moves to free ports when strangers have the wanted ones, and says so', async () => {
    const strangers = await Promise.all([listen(), listen(), listen()]);
    const [api, grpc, ui] = strangers.map(({ port }) => String(port));
    try {
      const launcher = start({ PORT: api!, TEMPORAL_PORT: grpc!, TEMPORAL_UI_PORT: ui! });
      const addresses = await launcher.up();
      expect(new URL(addresses.api_url).port).not.toBe(api);
      expect(addresses.temporal_address).not.toBe(`127.0.0.1:${grpc}`);
      expect(launcher.output()).toMatch(new RegExp(`port ${api} is taken; the API moves to \\d+`));
      expect(launcher.output()).toMatch(new RegExp(`port ${grpc} is taken; Temporal moves to \\d+`));
      expect(launcher.output()).toMatch(new RegExp(`port ${ui} is taken; the Temporal Web UI moves to \\d+`));
      expect(await launcher.end('SIGTERM')).toBe(0);
    } finally {
      for (const { server } of strangers) server.close();
    }
  });

  it('replaces the server that an earlier version left open to web pages, and says so', async () => {
    const db = join(folder, 'temporal.db');
    const args = ['server', 'start-dev', '--db-filename', db, '--ip', '127.0.0.1'];
    const [port, uiPort] = [await freePort('127.0.0.1'), await freePort('127.0.0.1')];
    const old = spawn(
      inject('temporalBinary'),
      [...args, '--port', String(port), '--ui-port', String(uiPort)],
      { stdio: 'ignore' },
    );
    const trouble = await waitForTemporal({ address: `127.0.0.1:${port}`, namespace: 'default' }, 60);
    expect(trouble).toBeUndefined();
    const launcher = start();
    const addresses = await launcher.up();
    expect(addresses.pids.temporal).not.toBe(old.pid);
    expect(launcher.output()).toContain(
      `restarting the Temporal server of an earlier version (pid ${old.pid}): it accepts commands from web pages`,
    );
    expect(await startedAt(old.pid!)).toBeUndefined();
    expect(await launcher.end('SIGTERM')).toBe(0);
  });

  it('starts no server when TEMPORAL_ADDRESS names one', async () => {
    const launcher = start({
      TEMPORAL_ADDRESS: inject('temporalAddress'),
      TEMPORAL_UI_URL: 'http://ui.example',
    });
    const addresses = await launcher.up();
    expect(addresses).toMatchObject({
      temporal_address: inject('temporalAddress'),
      temporal_ui_url: 'http://ui.example',
      namespace: 'default',
    });
    expect(addresses.pids.temporal).toBeUndefined();
    const env = await environmentOfApi(addresses);
    expect(env).toMatchObject({
      TEMPORAL_ADDRESS: inject('temporalAddress'),
      TEMPORAL_UI_URL: 'http://ui.example',
      ORCHESTRATOR_DATA_DIR: folder,
      PORT: new URL(addresses.api_url).port,
    });
    expect(env).not.toHaveProperty('ORCHESTRATOR_LAUNCHED');
    expect(await launcher.end('SIGTERM')).toBe(0);
  });

  it.each([
    ['a mistake in the configuration', 'config error', /the worker does not start \(exit code 78\)/],
    ['an API that ends at every start', 'crash', /the API does not start \(exit code 3\)/],
  ])('gives up a start with %s', async (_what, standIn, message) => {
    const launcher = start({ TEMPORAL_ADDRESS: inject('temporalAddress'), STAND_IN: standIn });
    await until(() => launcher.process.exitCode !== null, { what: 'the launcher to give up' });
    expect(launcher.process.exitCode).toBe(1);
    expect(launcher.output()).toMatch(message);
    expect(launcher.output()).not.toContain('    at '); // no stack trace
  });

  it('kills what does not stop at a second signal', async () => {
    const launcher = start({ TEMPORAL_ADDRESS: inject('temporalAddress'), STAND_IN: 'stuck' });
    const { pids } = await launcher.up();
    launcher.process.kill('SIGINT');
    await until(() => launcher.output().includes('stopping'), { what: 'the first signal to be taken' });
    await until(
      () => {
        launcher.process.kill('SIGINT');
        return launcher.process.exitCode !== null;
      },
      { timeoutMs: 5000, what: 'the launcher to end' },
    );
    expect(launcher.process.exitCode).toBe(130);
    await until(async () => (await startedAt(pids.worker)) === undefined, {
      what: 'the worker to be killed',
    });
  });
});

async function withClient<T>(addresses: Addresses, use: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address: addresses.temporal_address, connectTimeout: 2000 });
  try {
    return await use(new Client({ connection }));
  } finally {
    await connection.close();
  }
}

function startWorkflow(addresses: Addresses, workflowId: string): Promise<unknown> {
  return withClient(addresses, (client) =>
    client.workflow.start('waitsForAWorker', { taskQueue: 'nobody', workflowId, args: [] }),
  );
}

function isRunning(addresses: Addresses, workflowId: string): Promise<boolean> {
  return withClient(addresses, async (client) => {
    const { status } = await client.workflow.getHandle(workflowId).describe();
    return status.name === 'RUNNING';
  });
}

async function environmentOfApi({ api_url }: Addresses): Promise<Record<string, string>> {
  return (await (await fetch(`${api_url}/env`)).json()) as Record<string, string>;
}

async function isHealthy(addresses: Addresses): Promise<boolean> {
  return (await fetch(`${addresses.api_url}/healthz`)).ok;
}

async function listen(): Promise<{ server: Server; port: number }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return { server, port: address && typeof address === 'object' ? address.port : 0 };
}
