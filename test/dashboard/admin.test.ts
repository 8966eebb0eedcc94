import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { UsageRow } from '../../contracts/usage.ts';
import { buildDashboard } from '../../dashboard/build.ts';
import { usd } from '../../dashboard/components/format.ts';
import { draftOf, mistakesOf, toRouting } from '../../dashboard/pages/settings/routing-draft.ts';
import { barsOf, dayAfter, queryOf } from '../../dashboard/pages/usage/days.ts';
import { API_KEY, agentNamed, MODEL, synthesis, turn, work, workerOptions } from '../agents/setup.ts';
import { startService, type TestService } from '../cli/service.ts';
import { type FakeAnthropic, startFakeAnthropic } from '../fakes/anthropic.ts';
import { planOf, startJob, type TestJob } from '../setup/jobs.ts';
import { until } from '../setup/until.ts';
import { CHROMIUM, expectAccessible, startBrowser, type TestBrowser } from './browser.ts';

describe.skipIf(CHROMIUM === undefined)('the service in a browser (skipped without Chromium)', () => {
  let fake: FakeAnthropic;
  let service: TestService;
  let browser: TestBrowser;
  let counted: TestJob;

  beforeAll(async () => {
    await buildDashboard(() => {});
    fake = await startFakeAnthropic({ api_key: API_KEY });
    [service, browser] = await Promise.all([
      startService(workerOptions(fake, { agents: [agentNamed('tester')] })),
      startBrowser(),
    ]);
    fake.expect(turn('Count the words', { text: 'There are 42.' }), synthesis());
    const { worker } = service;
    counted = await startJob(worker, {
      title: 'Words of the manual',
      plan: planOf([work('count', 'Count the words')]),
    });
    // one that is at work for as long as the tests look at it
    await startJob(worker, {
      plan: planOf([
        { task_id: 'wait', command: `until [ -e ${join(worker.folder, 'go')} ]; do sleep 0.1; done` },
      ]),
    });
    await Promise.all([
      counted.reach('completed'),
      until(async () => (await agentOf('command')).load === 1, { what: 'a command to be at work' }),
    ]);
  }, 180_000);
  afterEach(() => expect(browser.complaints.splice(0)).toEqual([]));
  afterAll(async () => {
    if (service) writeFileSync(join(service.worker.folder, 'go'), '');
    await browser?.close();
    await service?.close();
    await fake?.close();
  });

  async function send(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(service.url + path, {
      method,
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    expect(response.ok, `${method} ${path}: ${response.status}`).toBe(true);
    return response.headers.get('content-type')?.includes('json') ? response.json() : response.text();
  }
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape
  const read = (path: string): Promise<any> => send('GET', path);
  const agentOf = async (id: string) =>
    (await read('/agents')).agents.find(({ agent_id }: { agent_id: string }) => agent_id === id);

  /** In a wide window and light, in a narrow one and dark; nothing is cut off there. */
  async function expectGood(): Promise<void> {
    const { page } = browser;
    await expectAccessible(page);
    await page.setViewportSize({ width: 400, height: 800 });
    // once the page has taken its new width
    await until(() => page.evaluate('document.documentElement.scrollWidth <= window.innerWidth'), {
      what: `${page.url()} to fit a narrow window`,
    });
    await expectAccessible(page, 'dark');
    await page.setViewportSize({ width: 1280, height: 800 });
  }

  const expectCells = async (row: Locator, cells: (string | RegExp)[]) => {
    await row.waitFor();
    const told = await row.locator('td, th').allTextContents();
    expect(told).toEqual(
      cells.map((cell) =>
        typeof cell === 'string' ? expect.stringContaining(cell) : expect.stringMatching(cell),
      ),
    );
  };

  test('agents: health, load, what they are good at, and when they were heard of', async () => {
    const { page } = browser;
    await send('POST', '/agents', {
      agent_id: 'counter',
      agent_name: 'Word counter',
      domain: 'texts',
      base_url: 'https://agents.example.com/work',
      capabilities: [{ name: 'counting', description: 'counts words', tags: ['words'] }],
      max_concurrency: 4,
      sla_seconds: 90,
    });
    await page.goto(service.url);
    await page.getByRole('link', { name: 'Agents' }).click();
    const row = (name: RegExp) => page.getByRole('row', { name }).waitFor();
    await row(
      /^Word counter.* online 0 of 4 running .*HTTP service ?at most 1 min 30 s texts ?counting ?words (just now|\d+ s ago)/,
    );
    await row(/^command .* online 1 running commands .*from the settings/);
    expect(await page.locator('tbody tr').count()).toBe((await read('/agents')).agents.length);
    await expectGood();
    await page.getByLabel('Search agents').fill('counting words');
    await page.getByRole('row', { name: /^command / }).waitFor({ state: 'detached' });
    expect(await page.locator('tbody tr').count()).toBe(1);
  });

  test('providers: what is set up, what answers, and which variable the others need', async () => {
    const { page } = browser;
    await page.goto(`${service.url}/ui/providers`);
    const anthropic = page.getByRole('region', { name: 'anthropic' });
    await anthropic.waitFor();
    // a machine with much else to do may keep the answer for longer than the service waits
    const models = await until(
      async () => {
        const { providers } = await read('/orchestrate/providers');
        const one = providers.find(({ provider }: { provider: string }) => provider === 'anthropic');
        return one.reachable && one.models.length > 0 && (one.models as string[]);
      },
      { what: 'the provider to answer' },
    );
    const again = page.getByRole('button', { name: 'Check again' });
    await until(
      async () => {
        if ((await anthropic.locator('li').count()) === models.length) return true;
        await again.click();
      },
      { what: 'the page to show what the provider answers' },
    );
    const told = await anthropic.textContent();
    for (const text of ['answers', MODEL, 'ANTHROPIC_API_KEY', '$3.00 in, $15.00 out', fake.url]) {
      expect(told).toContain(text);
    }
    await anthropic.getByText(/^\d+ models?$/).click();
    expect(await anthropic.locator('li').allTextContents()).toEqual(models);
    const openai = await page.getByRole('region', { name: 'openai' }).textContent();
    expect(openai).toContain('not set up');
    expect(openai).toContain('set OPENAI_API_KEY');
    await expectGood();
  });

  test('usage: what the ledger has, by model, agent, job and day, and as CSV', async () => {
    const { page } = browser;
    await page.goto(`${service.url}/ui/usage`);
    const rowOf = async (group: string, name = ''): Promise<UsageRow> => {
      const { rows } = await read(`/usage?group_by=${group}`);
      return rows.find(({ key }: UsageRow) => key?.startsWith(name));
    };
    const cellsOf = (name: string, row: UsageRow) => [
      name,
      usd(row.cost_usd),
      ...[row.calls, row.input_tokens, row.output_tokens, row.cache_read_tokens, row.cache_write_tokens].map(
        (count) => new RegExp(`^${count.toLocaleString('en')}$`),
      ),
    ];
    const model = await rowOf('model');
    expect(model).toMatchObject({ key: `anthropic/${MODEL}`, calls: fake.calls.length });
    expect(model.cost_usd).toBeGreaterThan(0);
    await expectCells(page.getByRole('row', { name: new RegExp(MODEL) }), cellsOf(model.key!, model));
    const day = await rowOf('day');
    await page.getByRole('img', { name: `at most ${usd(day.cost_usd)}, on ${day.key}` }).waitFor();
    await expectGood();

    const groups = page.getByRole('radiogroup', { name: 'Group by' });
    const by = (group: string) => groups.getByText(group, { exact: true }).click();
    await by('agent');
    await expectCells(
      page.getByRole('row', { name: /^tester/ }),
      cellsOf('tester', await rowOf('agent', 'tester')),
    );
    await by('job');
    const title = `Words of the manual${counted.job_id}`;
    await expectCells(page.getByRole('row', { name: /Words/ }), cellsOf(title, await rowOf('job')));
    await by('day');
    await expectCells(page.getByRole('row', { name: new RegExp(`^${day.key}`) }), cellsOf(day.key!, day));
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download CSV' }).click(),
    ]);
    expect(file.suggestedFilename()).toBe('usage-by-day.csv');
    const csv = await read(`/usage?group_by=day&format=csv`);
    expect(readFileSync((await file.path())!, 'utf8')).toBe(csv);

    // other times
    await page.getByLabel('From', { exact: true }).fill('2020-01-02');
    await page.getByLabel('To, inclusive').fill('2020-01-02');
    await page.getByText('No model was called in this time').waitFor();
    await page.getByLabel('To, inclusive').fill('2020-01-01');
    await page.getByRole('alert').getByText('must be later than from').waitFor();
    await page.getByRole('button', { name: 'All' }).click();
    await page.getByRole('row', { name: new RegExp(`^${day.key}`) }).waitFor();
  });

  test('settings: what the service runs on, and nothing of its secrets', async () => {
    const { page } = browser;
    // found by the navigation of a narrow window
    await page.setViewportSize({ width: 400, height: 800 });
    await page.goto(`${service.url}/ui/usage`);
    await page.getByRole('button', { name: 'Navigation' }).click();
    const link = page.getByRole('link', { name: 'Settings' });
    await link.waitFor();
    await link.click();
    const temporal = page.getByRole('region', { name: 'Temporal' });
    await temporal.waitFor();
    await page.setViewportSize({ width: 1280, height: 800 });
    const engine = await until(
      async () => {
        const told = await read('/settings/engine');
        return told.temporal.reachable && told;
      },
      { what: 'Temporal to answer' },
    );
    const { address, namespace } = service.worker;
    expect(engine.temporal).toMatchObject({ address, namespace });
    expect(JSON.stringify(engine)).not.toContain(API_KEY);
    const answer = `version ${engine.temporal.server_version}, answers`;
    for (const text of [address, namespace, answer, '1 process']) {
      await temporal.getByText(text, { exact: true }).waitFor();
    }
    for (const { name } of engine.temporal.task_queues)
      await temporal.getByRole('cell', { name, exact: true }).waitFor();
    const told = await page.getByRole('region', { name: 'Service' }).textContent();
    for (const text of [engine.version, engine.node_version, 'SQLite']) expect(told).toContain(text);
    await expectGood();
  });

  test('settings: routing is saved by an admin, told by field where it is wrong, and read by others', async () => {
    const { page } = browser;
    const routing = async () => (await read('/settings/routing')).routing;
    await page.getByRole('tab', { name: 'Model routing' }).click();
    await page.getByText('As in orchestrator.yaml').waitFor();
    const before = await routing();
    const choose = async (label: string, provider: string) => {
      await page.getByRole('combobox', { name: `${label}, provider` }).click();
      await page.getByRole('option', { name: provider }).click();
    };
    const field = (name: string) => page.getByRole('combobox', { name, exact: true });
    const write = async (name: string, text: string) => {
      await field(name).fill(text);
      // so that what is offered covers nothing
      await field(name).press('Tab');
    };
    await choose('Worker', 'anthropic');
    expect(await field('Worker, model').inputValue()).toBe(MODEL);
    await write('Worker, model', '');
    await page.getByRole('switch', { name: /^Send simple tasks/ }).click();
    await page.getByRole('button', { name: 'Add an agent' }).click();
    await write('Name of agent 1', 'tester');
    await choose('tester', 'openai');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('alert').getByText('Not saved').waitFor();
    for (const name of ['Worker, model', 'Cheap model, provider']) {
      expect(await field(name).getAttribute('aria-invalid'), name).toBe('true');
    }
    expect(await field('tester, model').getAttribute('aria-invalid')).not.toBe('true');
    expect(await routing()).toEqual(before);
    await expectGood();

    await write('Worker, model', 'm-worker');
    await choose('Cheap model', 'anthropic');
    await write('Cheap model, model', 'm-cheap');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved here by local').waitFor();
    const saved = await routing();
    expect(saved).toMatchObject({
      worker_model: { provider: 'anthropic', model: 'm-worker' },
      auto_tier: true,
      cheap_model: { provider: 'anthropic', model: 'm-cheap' },
      specialty_models: {},
      agent_models: { tester: { provider: 'openai', model: 'gpt-6-sol' } },
    });
    // what can't be used as things stand
    await page.getByText(/^agent_models.tester: .*OPENAI_API_KEY/).waitFor();

    const { key } = await service.worker.store.createKey({ owner: 'ann', name: '', role: 'viewer' });
    await page.reload();
    await page.getByLabel('API key', { exact: true }).fill(key);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('tab', { name: 'Model routing' }).click();
    await page.getByText("only an admin's key can change it").waitFor();
    await page.getByRole('row', { name: /^Worker anthropic \/ m-worker/ }).waitFor();
    expect(await page.getByRole('button', { name: 'Save' }).count()).toBe(0);
    await expectAccessible(page);
  });
});

describe('usage over time', () => {
  const row = (key: string, cost_usd: number) => ({ key, cost_usd }) as UsageRow;

  test('has a bar for each day of a period, and for each month where it is long', () => {
    const days = barsOf([row('2020-02-28', 1)], 'cost', { from: '2020-02-27', to: '2020-03-01' });
    expect(days.map(({ label, value }) => `${label} ${value}`)).toEqual([
      '2020-02-27 0',
      '2020-02-28 1',
      '2020-02-29 0',
      '2020-03-01 0',
    ]);
    const months = barsOf([row('2020-01-31', 1), row('2020-01-01', 2)], 'cost', {
      from: '2020-01-01',
      to: '2020-12-31',
    });
    expect(months).toHaveLength(12);
    expect(months[0]).toEqual({ label: '2020-01', value: 3 });
  });

  test('ends today where nothing ends it, and the last day is part of a period', () => {
    expect(barsOf([], 'calls', { from: '', to: '' }).at(-1)?.label).toBe(dayAfter(null, 0));
    expect(queryOf({ from: '2020-02-28', to: '2020-02-29' })).toEqual({
      from: '2020-02-28',
      to: '2020-03-01',
    });
    expect(queryOf({ from: '', to: '' })).toEqual({});
  });
});

test('a routing that is written on is sent whole; rows of one name or of none are not', () => {
  const model = { provider: 'anthropic', model: 'm' } as const;
  const routing = { worker_model: model, agent_models: { a: model }, specialty_models: {}, auto_tier: false };
  const draft = draftOf(routing);
  expect(toRouting(draft)).toEqual(routing);
  expect(mistakesOf(draft)).toEqual([]);
  const rows = [...draft.agent_models, { ...draft.agent_models[0]!, key: 1 }, { key: 2, name: '', ...model }];
  expect(mistakesOf({ ...draft, agent_models: rows })).toEqual([
    { path: 'agent_models.a', issue: 'is listed twice' },
    { path: 'agent_models.', issue: 'needs a name' },
  ]);
});
