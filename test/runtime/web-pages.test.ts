import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { dataDir } from '../../config/data-dir.ts';
import type { Addresses } from '../../runtime/addresses.ts';
import { listProcesses } from '../../runtime/processes.ts';
import { openStore, type Store } from '../../store/index.ts';
import { CHROMIUM, startBrowser } from '../dashboard/browser.ts';
import { until } from '../setup/until.ts';
import {
  cleanUp,
  type LauncherProcess,
  newFolder,
  REAL_LAUNCHER,
  startLauncher,
} from './launcher-process.ts';

// The one-machine mode as `npm start` runs it, asked as a browser asks for pages of all kinds.

let folder: string;
let launcher: LauncherProcess;
let addresses: Addresses;
let store: Store;

beforeAll(async () => {
  folder = newFolder();
  launcher = startLauncher(folder, inject('temporalBinary'), {}, REAL_LAUNCHER);
  addresses = await launcher.up();
  const dir = dataDir(folder);
  store = await openStore({ sqlite_file: dir.orchestratorDb, artifacts_dir: dir.artifacts });
}, 120_000);
afterAll(async () => {
  await store?.close();
  await launcher.end('SIGTERM');
  await cleanUp(folder);
});

interface Asked {
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  body?: string;
}
interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** fetch says neither Host nor Origin as it is told to. */
function ask(url: string, { method = 'GET', path = '/', headers = {}, body }: Asked = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(new URL(path, url), { method, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece) => (text += piece));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
      );
    });
    sent.on('error', reject).end(body);
  });
}

/** A job that waits for its plan's approval. */
async function waitingJob(): Promise<string> {
  const submission = {
    title: 'a job',
    description: 'does something',
    plan: { tasks: [{ task_id: 'ask', title: 'ask', agent: 'human' }] },
  };
  const answer = await fetch(`${addresses.api_url}/orchestrate/submit`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...admin() },
    body: JSON.stringify(submission),
  });
  const { job_id } = (await answer.json()) as { job_id: string };
  await until(async () => (await statusOf(job_id)) === 'awaiting_approval', { what: 'the job to wait' });
  return job_id;
}

let adminKey: string | undefined;
const admin = (): Record<string, string> => (adminKey ? { authorization: `Bearer ${adminKey}` } : {});

async function statusOf(job_id: string): Promise<string> {
  const answer = await fetch(`${addresses.api_url}/orchestrate/${job_id}/status`, { headers: admin() });
  return ((await answer.json()) as { status: string }).status;
}

const ui = () => String(addresses.temporal_ui_url);
const host = () => new URL(ui()).host;
const approval = (job_id: string) => `/api/v1/namespaces/default/workflows/job-${job_id}/signal/approve`;

/** A page of the UI as a browser has it: the cookie that its requests are told apart by. */
async function csrfOf(headers: Record<string, string> = {}): Promise<string> {
  const page = await ask(ui(), { headers: { ...headers, accept: 'text/html' } });
  expect(page.status).toBe(200);
  const cookie = page.headers['set-cookie']?.find((one) => one.startsWith('_csrf='));
  return /^_csrf=([^;]+)/.exec(cookie ?? '')![1]!;
}

/** Every port of 127.0.0.1 that our Temporal listens at, as proc(5) tells. */
function temporalPorts(): number[] {
  const folder = `/proc/${addresses.pids.temporal}`;
  const sockets = readdirSync(`${folder}/fd`).map((fd) => readlinkSync(`${folder}/fd/${fd}`));
  const lines = readFileSync(`${folder}/net/tcp`, 'utf8').trim().split('\n').slice(1);
  return lines.flatMap((line) => {
    const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
    const [address, port] = local!.split(':');
    const isOurs = state === '0A' && address === '0100007F' && sockets.includes(`socket:[${inode}]`);
    return isOurs ? [Number.parseInt(port!, 16)] : [];
  });
}

describe('a foreign page', () => {
  it.runIf(process.platform === 'linux')('gets nothing done at any port of Temporal', async () => {
    const job_id = await waitingJob();
    const ports = temporalPorts();
    expect(ports.length).toBeGreaterThan(1);
    const batch = `/api/v1/namespaces/default/batch-operations/b-${job_id}`;
    const answers: number[] = [];
    for (const port of ports) {
      for (const named of [`127.0.0.1:${port}`, 'evil.example', 'nobody.invalid', 'localhost']) {
        for (const path of [approval(job_id), batch, '/api/v1/namespaces']) {
          const headers = { host: named, origin: 'http://evil.example', 'content-type': 'text/plain' };
          const method = path.endsWith('namespaces') ? 'GET' : 'POST';
          const answer = await ask(`http://127.0.0.1:${port}`, { method, path, headers, body: '{}' }).catch(
            () => undefined, // speaks no HTTP/1.1
          );
          if (answer) answers.push(answer.status);
        }
      }
    }
    expect(answers).toContain(403);
    expect(answers.filter((status) => status < 400)).toEqual([]);
    expect(await statusOf(job_id)).toBe('awaiting_approval');
  });

  it('does not find the Web UI as Temporal serves it', async () => {
    const [server] = (await listProcesses()).filter(({ pid }) => pid === addresses.pids.temporal);
    const [, ip, port] = / --ui-ip (\S+) --ui-port (\d+) /.exec(server!.command)!;
    expect(ip).toMatch(/^127\.\d+\.\d+\.\d+$/);
    if (process.platform === 'linux') {
      expect(ip).not.toBe('127.0.0.1');
      // a server of another test may have the same port there
      const found = await ask(`http://127.0.0.1:${port}`).catch(() => null);
      expect(found?.text).not.toBe((await ask(`http://${ip}:${port}`)).text);
    }
    expect(JSON.stringify(addresses)).not.toContain(ip);
  });

  it.each([
    ['a name that was rebound', { host: 'evil.example:8233' }],
    ['another origin', { origin: 'https://evil.example' }],
    ['no origin', { origin: 'null' }],
    ['another port of this machine', { origin: 'http://127.0.0.1:3000' }],
  ])('is refused by the Web UI: %s', async (_what, headers) => {
    const job_id = await waitingJob();
    const csrf = await csrfOf();
    const answers = [
      await ask(ui(), { headers }),
      await ask(ui(), {
        method: 'POST',
        path: approval(job_id),
        headers: { cookie: `_csrf=${csrf}`, 'x-csrf-token': csrf, ...headers },
        body: '{}',
      }),
    ];
    for (const { status, headers: told, text } of answers) {
      expect(status).toBe(403);
      expect(told['set-cookie']).toBeUndefined();
      expect(JSON.parse(text).error.code).toBe('forbidden');
    }
    expect(await statusOf(job_id)).toBe('awaiting_approval');
  });
});

describe('the Web UI', () => {
  it('shows itself in no frame, and lets a person send signals', async () => {
    const job_id = await waitingJob();
    const page = await ask(ui());
    expect(page.headers['x-frame-options']).toBe('DENY');
    expect(page.headers['content-security-policy']).toContain("frame-ancestors 'none'");
    const csrf = await csrfOf();
    const answer = await signal(job_id, `_csrf=${csrf}`, csrf);
    expect(answer.status).toBe(200);
    await until(async () => (await statusOf(job_id)) !== 'awaiting_approval', { what: 'the approval' });
  });

  it('is where the job says that it is', async () => {
    const job_id = await waitingJob();
    const answer = await fetch(`${addresses.api_url}/orchestrate/${job_id}/status`, { headers: admin() });
    const { temporal } = (await answer.json()) as { temporal: { ui_url: string } };
    expect(temporal.ui_url.startsWith(`${ui()}/namespaces/default/workflows/job-${job_id}`)).toBe(true);
    expect((await ask(temporal.ui_url, { path: new URL(temporal.ui_url).pathname })).status).toBe(200);
  });

  function signal(job_id: string, cookie: string, csrf: string): Promise<Answer> {
    return ask(ui(), {
      method: 'POST',
      path: approval(job_id),
      headers: {
        'content-type': 'application/json',
        origin: `http://${host()}`,
        'x-csrf-token': csrf,
        cookie,
      },
      body: JSON.stringify({ signalName: 'approve', workflowExecution: { workflowId: `job-${job_id}` } }),
    });
  }

  describe('once there are keys', () => {
    let key_id: string;
    let operatorKey: string;
    beforeAll(async () => {
      const made = await store.createKey({ owner: 'ada', name: '', role: 'admin' });
      adminKey = made.key;
      key_id = made.key_id;
      operatorKey = (await store.createKey({ owner: 'ada', name: '' })).key;
    });

    const signIn = (key: string, to = '/') =>
      ask(ui(), {
        method: 'POST',
        path: '/orchestrator/sign-in',
        headers: { 'content-type': 'application/x-www-form-urlencoded', origin: `http://${host()}` },
        body: new URLSearchParams({ key, to }).toString(),
      });
    const cookieOf = (answer: Answer) => String(answer.headers['set-cookie']?.[0]);

    it('leads people to a form, and refuses everything else', async () => {
      const page = await ask(ui(), { path: '/namespaces?x=1', headers: { accept: 'text/html' } });
      expect(page.status).toBe(303);
      expect(page.headers.location).toBe('/orchestrator/sign-in?to=%2Fnamespaces%3Fx%3D1');
      const form = await ask(ui(), { path: page.headers.location });
      expect(form.text).toContain('value="/namespaces?x=1"');
      expect(form.headers['content-security-policy']).toContain("default-src 'none'");
      const others: Record<string, string>[] = [{}, admin(), { cookie: 'orchestrator_ui=x' }];
      for (const headers of others)
        expect((await ask(ui(), { path: '/api/v1/namespaces', headers })).status).toBe(401);
    });

    it('takes the key of an admin only, and stays on its own pages', async () => {
      for (const key of [operatorKey, 'ork_nothing', '']) {
        const refused = await signIn(key);
        expect(refused.status).toBe(403);
        expect(refused.headers['set-cookie']).toBeUndefined();
      }
      const cookie = cookieOf(await signIn(adminKey!));
      expect(cookie).toMatch(
        /^orchestrator_ui=[\w-]{43}; Max-Age=28800; Path=\/; HttpOnly; SameSite=Strict$/,
      );
      expect(cookie).not.toContain(adminKey);
      for (const to of ['//evil.example', '/\\evil.example', 'https://evil.example'])
        expect((await signIn(adminKey!, to)).headers.location).toBe('/');
      expect((await signIn(adminKey!, '/namespaces')).headers.location).toBe('/namespaces');
    });

    it('lets the person who signed in send signals, until they sign out', async () => {
      const job_id = await waitingJob();
      const cookie = cookieOf(await signIn(adminKey!)).split(';')[0]!;
      const csrf = await csrfOf({ cookie });
      expect((await signal(job_id, `_csrf=${csrf}`, csrf)).status).toBe(401);
      expect((await signal(job_id, `_csrf=${csrf}; ${cookie}`, csrf)).status).toBe(200);
      await until(async () => (await statusOf(job_id)) !== 'awaiting_approval', { what: 'the approval' });
      const headers = { cookie, origin: `http://${host()}` };
      expect((await ask(ui(), { method: 'POST', path: '/orchestrator/sign-out', headers })).status).toBe(303);
      expect((await ask(ui(), { path: '/api/v1/namespaces', headers })).status).toBe(401);
    });

    it.skipIf(CHROMIUM === undefined)(
      'works in a browser, from the form on',
      { timeout: 60_000 },
      async () => {
        const job_id = await waitingJob();
        const browser = await startBrowser();
        const { page } = browser;
        await page.goto(`${ui()}/namespaces/default/workflows/job-${job_id}`);
        await page.getByLabel("An admin's API key").fill(adminKey!);
        await page.getByRole('button', { name: 'Sign in' }).click();
        await page.getByText(`job-${job_id}`).first().waitFor();
        expect(new URL(page.url()).pathname).toContain(`/workflows/job-${job_id}`);
        expect(await page.evaluate('document.cookie')).not.toContain('orchestrator_ui');
        await browser.close();
      },
    );

    it('ends the session with its key', async () => {
      const other = await store.createKey({ owner: 'bea', name: '', role: 'admin' });
      const cookie = cookieOf(await signIn(other.key)).split(';')[0]!;
      const mine = { path: '/api/v1/namespaces', headers: { cookie } };
      expect((await ask(ui(), mine)).status).toBe(200);
      await store.revokeKey(other.key_id);
      expect((await ask(ui(), mine)).status).toBe(401);
      expect(key_id).not.toBe(other.key_id);
    });
  });
});
