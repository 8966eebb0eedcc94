import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataDir } from '../../config/data-dir.ts';
import { addressesText } from '../../runtime/addresses.ts';
import { freePort } from '../../runtime/ports.ts';
import { startLoneApi, type TestApi } from '../api/setup.ts';
import { jsonCli, runCli } from './run.ts';

/** An API that answers, and a Temporal that does not: enough for everything that goes wrong. */
let api: TestApi;
let server: Server;
let url: string;
let folder: string;

beforeAll(async () => {
  api = await startLoneApi();
  server = createServer(getRequestListener(api.app.fetch, { overrideGlobalObjects: false }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  folder = mkdtempSync(join(tmpdir(), 'orchestrator-cli-'));
});
afterAll(async () => {
  server?.close();
  server?.closeAllConnections();
  await api?.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('wrong usage', { timeout: 120_000 }, () => {
  it('ends with 2, says what is wrong and shows no stack trace', async () => {
    const broken = join(folder, 'broken.yaml');
    writeFileSync(broken, 'title: [unclosed\nplan: }');
    const list = join(folder, 'list.json');
    writeFileSync(list, '[1, 2]');
    const cases: [string[], RegExp][] = [
      [['aprove', 'j1'], /unknown command 'aprove'\s+\(Did you mean approve\?\)/],
      [['approve'], /missing required argument 'job'/],
      [['status', 'j1', '--colour'], /unknown option '--colour'/],
      [['jobs', '--status', 'lazy'], /Allowed choices are planning/],
      [['jobs', '--limit', 'many'], /whole number of at least 1/],
      [['budget', 'j1', 'lots'], /amount in USD/],
      [['submit', '--title', 'x', '--var', 'nothing'], /name=value/],
      [['submit', 'nowhere.yaml'], /There is no file nowhere\.yaml/],
      [
        ['submit', broken],
        /broken\.yaml is neither YAML nor JSON[\s\S]*^\S+broken\.yaml:2:1: Flow sequence/m,
      ],
      [['submit', list], /list\.json must hold an object/],
      [['status', 'j1', '--url', 'ftp://example.com'], /--url must be an http or https address/],
      [['decide', 'j1', 'gate-x', 'maybe'], /Allowed choices are approve, deny/],
      [['keys'], /Usage: npx orchestrator keys/],
    ];
    const ended = await Promise.all(cases.map(([args]) => runCli(args, { url })));
    ended.forEach(({ exit, stdout, stderr }, index) => {
      expect(stderr).toMatch(cases[index]![1]);
      expect(stderr).not.toMatch(/^\s+at /m);
      expect({ args: cases[index]![0], exit, stdout }).toMatchObject({ exit: 2, stdout: '' });
    });
  });

  it('tells every field that the service refuses, for people and as JSON', async () => {
    const body = JSON.stringify({ title: '', plan: { tasks: [{ task_id: 'A!', title: 'x' }] }, nonsense: 1 });
    const [words, json] = await Promise.all([
      runCli(['submit', '-'], { url, stdin: body }),
      runCli(['submit', '-', '--json'], { url, stdin: body }),
    ]);
    expect(words).toMatchObject({ exit: 2, stdout: '' });
    expect(words.stderr).toMatch(/^ {2}title: must not be empty$/m);
    expect(words.stderr).toMatch(/^ {2}plan\.tasks\.0\.task_id \(task A!\): use 1 to 64/m);
    expect(words.stderr).toMatch(/^ {2}nonsense: unknown field$/m);
    const sly = await runCli(['submit', '-'], { url, stdin: JSON.stringify({ 'a\nb\u001b[2J': 1 }) });
    expect(sly.stderr).toMatch(/^ {2}a b: unknown field$/m);
    const { error } = JSON.parse(json.stdout);
    expect(error.code).toBe('validation');
    expect(error.fields.map(({ path }: { path: string }) => path)).toContain('description');
  });
});

describe('help', () => {
  it('shows examples, global options and exit codes', async () => {
    const [all, one, version] = await Promise.all([
      runCli(['--help']),
      runCli(['submit', '--help']),
      runCli(['--version']),
    ]);
    expect(all).toMatchObject({ exit: 0, stderr: '' });
    expect(all.stdout).toContain('orchestrator approve j-1a2b3c');
    expect(all.stdout).toContain("5  the service can't be reached");
    expect(one.stdout).toContain('cat job.json | npx orchestrator submit -');
    expect(one.stdout).toContain('--json');
    expect(version.stdout.trim()).toBe(JSON.parse(readFileSync('package.json', 'utf8')).version);
  });
});

describe('a service that is not there', { timeout: 120_000 }, () => {
  it('ends with 5 and says how to start it', async () => {
    const nowhere = `http://127.0.0.1:${await freePort('127.0.0.1')}`;
    const [words, json, watch] = await Promise.all([
      runCli(['jobs'], { url: nowhere }),
      runCli(['jobs', '--json'], { url: nowhere }),
      runCli(['watch', 'j1'], { url: nowhere }),
    ]);
    expect(words.exit).toBe(5);
    expect(words.stderr).toContain(`The API does not answer at ${nowhere}`);
    expect(words.stderr).toContain('npm start');
    expect(JSON.parse(json.stdout)).toMatchObject({ error: { code: 'unreachable' } });
    expect(watch.exit).toBe(5);
  });

  it('ends with 5 when Temporal is not there behind the API', async () => {
    const { exit, stderr } = await runCli(['status', 'j1'], { url });
    expect({ exit, stderr }).toMatchObject({
      exit: 5,
      stderr: expect.stringContaining('temporal_unreachable'),
    });
  });

  it('is found by --url, the environment or the data folder, in this order', async () => {
    const nowhere = `http://127.0.0.1:${await freePort('127.0.0.1')}`;
    const root = join(folder, 'found');
    const pids = { launcher: 1, worker: 1, api: 1 };
    const addresses = {
      api_url: url,
      temporal_address: 'x:1',
      temporal_ui_url: null,
      namespace: 'default',
      pids,
    };
    await runCli(['keys', 'list', '--data-dir', root]); // makes the folder
    writeFileSync(dataDir(root).addresses, addressesText({ ...addresses, data_dir: root }));
    const [folderOnly, environment, option] = await Promise.all([
      runCli(['providers', '--data-dir', root]),
      runCli(['providers', '--data-dir', root], { url: nowhere }),
      runCli(['providers', '--data-dir', root, '--url', url], { url: nowhere }),
    ]);
    expect([folderOnly.exit, environment.exit, option.exit]).toEqual([0, 5, 0]);
    expect(folderOnly.stdout).toMatch(/anthropic\s+no\s+no/);
  });
});

describe('doctor', () => {
  it('names what is missing and how to get it', async () => {
    const { exit, stdout } = await runCli(['doctor', '--json', '--data-dir', join(folder, 'doctor')], {
      url,
      env: { TEMPORAL_ADDRESS: '127.0.0.1:1' },
    });
    expect(exit).toBe(1);
    const { healthy, checks } = JSON.parse(stdout);
    const states = Object.fromEntries(
      checks.map((check: { name: string; state: string }) => [check.name, check.state]),
    );
    expect(healthy).toBe(false);
    expect(states).toMatchObject({
      Node: 'ok',
      'Data folder': 'ok',
      Database: 'ok',
      API: 'ok',
      Workers: 'missing',
    });
    expect(states["API's Temporal"]).toBe('missing');
    expect(checks.find((check: { name: string }) => check.name === 'Workers').fix).toContain(
      'npm run worker',
    );
    expect(stdout).toContain('ANTHROPIC_API_KEY');
  });
});

describe('config check', () => {
  it('names every mistake, or says that the file is fine', async () => {
    const bad = join(folder, 'bad.yaml');
    writeFileSync(bad, 'commands: maybe\nlimits:\n  max_tasks: 0\nnonsense: 1\n');
    const fine = join(folder, 'fine.yaml');
    writeFileSync(fine, 'commands: off\n');
    const [wrong, right] = await Promise.all([
      runCli(['config', 'check', bad]),
      jsonCli(['config', 'check', fine]),
    ]);
    expect(wrong.exit).toBe(2);
    for (const path of ['commands', 'limits.max_tasks', 'nonsense']) {
      expect(wrong.stderr.split(`bad.yaml: ${path}: `), path).toHaveLength(2);
    }
    expect(right).toMatchObject({ file: fine, commands: 'off' });
    expect(right.agents).toContainEqual({ name: 'planner', kind: 'llm' });
  });
});

describe('keys', { timeout: 120_000 }, () => {
  it('lock the service once there is one; the key opens it until it is revoked', async () => {
    const at = ['--data-dir', api.folder];
    const none = await runCli(['keys', 'list', ...at]);
    expect(none.stdout).toContain('There are no keys');
    expect((await runCli(['providers'], { url })).exit).toBe(0);

    for (const role of ['viewer', 'operator'] as const) {
      const early = await runCli(['keys', 'create', '--role', role, ...at]);
      expect(early.exit).toBe(4);
      expect(early.stderr).toContain(`a key with the role ${role} alone would lock everybody out`);
      expect(early.stderr).toContain('orchestrator keys create --role admin');
    }
    expect((await runCli(['providers'], { url })).exit).toBe(0);

    const create = ['keys', 'create', '--name', 'test', '--owner', 'ada'];
    const made = await jsonCli([...create, '--role', 'admin', ...at]);
    expect(made).toMatchObject({ owner: 'ada', name: 'test', key: expect.stringMatching(/^ork_/) });
    expect(await jsonCli([...create, ...at])).toMatchObject({ role: 'operator' });
    const env = { ORCHESTRATOR_API_KEY: made.key };
    const [locked, open, list] = await Promise.all([
      runCli(['providers'], { url }),
      runCli(['providers'], { url, env }),
      runCli(['keys', 'list', ...at]),
    ]);
    expect(locked).toMatchObject({ exit: 1, stderr: expect.stringContaining('ORCHESTRATOR_API_KEY') });
    expect(open.exit).toBe(0);
    expect(list.stdout).toContain(made.key_id);
    expect(list.stdout).not.toContain(made.key);

    const last = await runCli(['keys', 'revoke', made.key_id, ...at]);
    expect(last).toMatchObject({ exit: 4, stderr: expect.stringContaining('the last admin key') });
    expect((await runCli(['providers'], { url, env })).exit).toBe(0);
    expect((await runCli(['keys', 'revoke', made.key_id, '--force', ...at])).exit).toBe(0);
    expect((await runCli(['keys', 'revoke', made.key_id, '--force', ...at])).exit).toBe(3);
    expect((await runCli(['providers'], { url, env })).exit).toBe(1);
  });
});
