import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { JobView, TaskView } from '../../contracts/view.ts';
import { buildDashboard } from '../../dashboard/build.ts';
import { startService, type TestService } from '../cli/service.ts';
import { closedJob, eventsOf } from '../store/samples.ts';
import { CHROMIUM, startBrowser, type TestBrowser } from './browser.ts';

const TASKS = 500;
const EVENTS = 10_000;
const JOBS = 5000;
/** Parts of a page; the picture of 500 tasks seen whole has 4,201, a list that draws all it has is far above. */
const MAX_PARTS = 5000;
const HOURS_OFF = 5;

describe.skipIf(CHROMIUM === undefined)('pages with a great deal on them (skipped without Chromium)', () => {
  let service: TestService;
  let browser: TestBrowser;

  beforeAll(async () => {
    await buildDashboard(() => {});
    [service, browser] = await Promise.all([startService(), startBrowser()]);
    const { store } = service.worker;
    const tasks = Array.from({ length: TASKS }, (_, index) => ({
      ...{ task_id: `t${index}`, title: `Task ${index}`, description: '', status: 'completed', reason: null },
      ...{ agent: 'command', depends_on: index < 20 ? [] : [`t${index % 20}`], attempt: 1, retry_count: 0 },
      ...{ started_at: null, finished_at: null, last_heartbeat_at: null, worker: null, outputs: null },
      ...{ output_preview: null, artifacts_left_out: [], error: null, cost_usd: 0, parked_until: null },
      conversation: null,
    })) as TaskView[];
    const stats = { ...closedJob('x').view.stats, total: TASKS, completed: TASKS };
    const at = new Date(Date.now() - 60_000).toISOString();
    const big: Partial<JobView> = { owner: 'local', title: 'The big one', tasks, stats, created_at: at };
    await store.archiveJob(closedJob('big', { ...big, finished_at: new Date().toISOString() }));
    for (let from = 1; from <= EVENTS; from += 1000) {
      await store.appendEvents('local', eventsOf('big', from, from + 999));
    }
    for (let number = 1; number < JOBS; number += 1) {
      await store.archiveJob(closedJob(`j${number}`, { owner: 'local' }));
    }
  }, 240_000);
  afterEach(() => expect(browser.complaints.splice(0)).toEqual([]));
  afterAll(async () => {
    await browser?.close();
    await service?.close();
  });

  const expectFew = async (what: string) =>
    expect(await browser.page.evaluate('document.querySelectorAll("*").length'), what).toBeLessThan(
      MAX_PARTS,
    );

  test('draw what is in sight only: 5,000 jobs, 500 tasks, 10,000 events', async () => {
    const { page } = browser;
    await page.goto(service.url);
    await page.getByRole('row', { name: /The big one/ }).waitFor();
    await page.getByRole('button', { name: 'Earlier jobs' }).waitFor();
    await expectFew('the list of jobs');
    await page.getByRole('link', { name: 'The big one' }).click();
    await page
      .getByRole('button', { name: /^Task / })
      .first()
      .waitFor();
    await expectFew('the picture');
    for (const [tab, region] of [
      ['Tasks', 'Tasks'],
      ['Events', 'Events'],
    ] as const) {
      await page.getByRole('tab', { name: tab }).click();
      const count = tab === 'Tasks' ? TASKS : EVENTS;
      await page
        .getByRole('region', { name: region, exact: true })
        .locator(`li[aria-setsize="${count}"]`)
        .first()
        .waitFor();
      await expectFew(tab);
    }
  }, 120_000);

  test('8 MB of text in a plan: its status has the beginnings, and what is opened is whole', async () => {
    const { page } = browser;
    // no spaces and no Latin letters: the worst to be looked through
    const text = (index: number) => `${'é'.repeat(7800)} the end of ${index}`;
    const tasks = Array.from({ length: TASKS }, (_, index) => ({
      ...{ task_id: `t${index}`, title: `Reading ${index}`, agent: 'human', description: text(index) },
    }));
    const response = await fetch(`${service.url}/orchestrate/submit`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ title: 'Much to read', description: 'Read it', plan: { tasks } }),
    });
    const { job_id } = (await response.json()) as { job_id: string };
    expect(response.status).toBe(201);
    const status = await (await fetch(`${service.url}/orchestrate/${job_id}/status`)).text();
    expect(Buffer.byteLength(status)).toBeLessThan(3_000_000);
    await page.goto(`${service.url}/ui/jobs/${job_id}/plan`);
    await page.getByRole('button', { name: /^Reading 7 / }).click();
    await page.getByText('the end of 7').waitFor();
    await expectFew('the plan');
    await page.goto(`${service.url}/ui/jobs/${job_id}`);
    await page.getByRole('tab', { name: 'Tasks' }).click();
    await page.getByRole('button', { name: /Reading 8\b/ }).click();
    await page.getByRole('tab', { name: 'Brief' }).click();
    await page.getByText('the end of 8').waitFor();
    await expectFew('the job');
  }, 120_000);

  test('a browser whose clock is hours off tells ages by that of the service', async () => {
    const context = await browser.context.browser()!.newContext();
    const page = await context.newPage();
    await page.addInitScript(`{ const now = Date.now; Date.now = () => now() + ${HOURS_OFF} * 3_600_000; }`);
    await page.goto(service.url);
    await page.getByRole('row', { name: /The big one.* \d+ min/ }).waitFor({ timeout: 30_000 });
    await context.close();
  }, 60_000);
});
