import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { buildDashboard } from '../../dashboard/build.ts';
import { startService, type TestService } from '../cli/service.ts';
import { closedJob } from '../store/samples.ts';
import { CHROMIUM, expectAccessible, startBrowser, type TestBrowser } from './browser.ts';

/** More than a page of the list. */
const JOBS = 150;

describe.skipIf(CHROMIUM === undefined)('the list of jobs in a browser (skipped without Chromium)', () => {
  let service: TestService;
  let browser: TestBrowser;

  beforeAll(async () => {
    await buildDashboard(() => {});
    [service, browser] = await Promise.all([startService(), startBrowser()]);
    const { owner, stats, budget } = closedJob('x').view;
    const jobs = Array.from({ length: JOBS }, (_, index) => ({
      ...{ job_id: `job-${index}`, owner, stats, budget, finished_at: null, status: 'planning' as const },
      title: index === 0 ? 'The oldest of all' : `Job number ${index}`,
      // not old: the sweep takes jobs out that should run by now
      created_at: new Date(Date.now() + index * 1000).toISOString(),
    }));
    await service.worker.store.addJobs(jobs);
  }, 120_000);
  afterEach(() => expect(browser.complaints.splice(0)).toEqual([]));
  afterAll(async () => {
    await browser?.close();
    await service?.close();
  });

  test('a search looks in all jobs, not only in those that are shown', async () => {
    const { page } = browser;
    await page.goto(service.url);
    await page.getByText(`Job number ${JOBS - 1}`, { exact: true }).waitFor();
    const oldest = page.getByText('The oldest of all');
    expect(await oldest.count()).toBe(0);
    await page.getByLabel('Search jobs').fill('OLDEST all');
    await oldest.waitFor();
    await page.getByText(`Job number ${JOBS - 1}`, { exact: true }).waitFor({ state: 'detached' });
    await expectAccessible(page);
    await page.getByLabel('Search jobs').fill('there is no such job');
    await page.getByText('No matching jobs.').waitFor();
    await page.getByLabel('Search jobs').fill('');
    await page.getByText(`Job number ${JOBS - 1}`, { exact: true }).waitFor();
  }, 60_000);
});
