import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openStreams } from '../../api/events/sse.ts';
import { buildDashboard } from '../../dashboard/build.ts';
import { startService, type TestService } from '../cli/service.ts';
import { until } from '../setup/until.ts';
import { CHROMIUM, startBrowser, type TestBrowser } from './browser.ts';

/** A browser has six connections to a host over HTTP/1.1: streams of their own would use them up. */
const WINDOWS = 5;

describe.skipIf(CHROMIUM === undefined)('many windows of one browser (skipped without Chromium)', () => {
  let service: TestService;
  let browser: TestBrowser;

  beforeAll(async () => {
    await buildDashboard(() => {});
    [service, browser] = await Promise.all([startService(), startBrowser()]);
  }, 120_000);
  afterEach(() => expect(browser.complaints.splice(0)).toEqual([]));
  afterAll(async () => {
    await browser?.close();
    await service?.close();
  });

  async function submit(number: number): Promise<string> {
    const go = join(service.worker.folder, `go-${number}`);
    const command = `echo begun ${number}; until [ -e ${go} ]; do sleep 0.05; done; echo ended ${number}`;
    const answer = await fetch(`${service.url}/orchestrate/submit`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        ...{ title: `Job ${number}`, description: 'Wait', auto_approve: true },
        plan: { tasks: [{ task_id: 'wait', title: 'Wait', agent: 'command', command }] },
      }),
    });
    return ((await answer.json()) as { job_id: string }).job_id;
  }

  test('each sees its running job live and asks the service on one shared connection for events', async () => {
    const { context, page: first } = browser;
    const numbers = Array.from({ length: WINDOWS }, (_, index) => index + 1);
    const ids = await Promise.all(numbers.map(submit));
    const pages = [first];
    while (pages.length < WINDOWS) pages.push(await context.newPage());
    await Promise.all(pages.map((page, index) => page.goto(`${service.url}/ui/jobs/${ids[index]}`)));
    for (const [index, page] of pages.entries()) {
      page.setDefaultTimeout(30_000);
      await page.locator('button[data-tone=active]', { hasText: 'Wait' }).click();
      await page
        .getByLabel('Task wait')
        .getByText(`begun ${index + 1}`)
        .waitFor();
    }
    await until(() => openStreams() === 1, { what: 'one connection for all windows' });
    // all of them can still ask, and hear what happens
    for (const page of pages) {
      expect(await page.evaluate(`fetch('/readyz').then(({ status }) => status)`)).toBe(200);
    }
    for (const number of numbers) writeFileSync(join(service.worker.folder, `go-${number}`), '');
    for (const [index, page] of pages.entries()) {
      await page.locator('button[data-tone=good]', { hasText: 'Wait' }).waitFor();
      await page
        .getByLabel('Task wait')
        .getByText(`ended ${index + 1}`)
        .waitFor();
      await page.getByRole('tab', { name: 'Events' }).click();
      await page.getByRole('region', { name: 'Events' }).getByText('job.completed').waitFor();
    }

    // the journal has no gap for one that comes later, nor twice what another window has read
    const late = await context.newPage();
    await late.goto(`${service.url}/ui/jobs/${ids[0]}`);
    await late.getByRole('tab', { name: 'Events' }).click();
    await late.getByRole('region', { name: 'Events' }).getByText('job.completed').waitFor();
    const length = (await service.worker.store.readEvents(ids[0]!, 0, 1000)).length;
    for (const page of [pages[0]!, late]) {
      await page.locator(`li[aria-setsize="${length}"]`).first().waitFor();
    }
  }, 120_000);

  test('what happens after a page has read and before it hears of events is shown all the same', async () => {
    const page = await browser.context.newPage();
    page.setDefaultTimeout(30_000);
    // without it the page connects itself, and that can be held up
    await page.addInitScript('delete window.SharedWorker');
    let connect = () => {};
    const held = new Promise<void>((resolve) => {
      connect = resolve;
    });
    await page.route('**/events?jobs=*', async (route) => {
      await held;
      await route.continue();
    });
    const read = page.waitForResponse('**/approvals');
    const listed = page.waitForResponse(/orchestrate\/jobs/);
    await page.goto(service.url);
    await Promise.all([read, listed]);
    const tasks = [{ task_id: 'a', title: 'a', agent: 'human' }];
    const answer = await fetch(`${service.url}/orchestrate/submit`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ title: 'Came meanwhile', description: 'Wait', plan: { tasks } }),
    });
    const { job_id } = (await answer.json()) as { job_id: string };
    const { store } = service.worker;
    const isWritten = async () =>
      (await store.readEvents(job_id, 0, 100)).some(({ type }) => type === 'approval.requested');
    await until(isWritten, { what: 'the plan to wait' });
    connect();
    await page.getByRole('region', { name: 'Waits for you' }).getByText('Came meanwhile').waitFor();
    await page.close();
  }, 60_000);
});
