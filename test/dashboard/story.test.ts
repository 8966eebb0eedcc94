import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { buildDashboard } from '../../dashboard/build.ts';
import { until } from '../setup/until.ts';
import { CHROMIUM, expectAccessible, picture, startBrowser, type TestBrowser } from './browser.ts';
import { type KillableService, startKillable } from './killable.ts';

/** A spec as a person writes it: a task that fails until its prompt is changed, a gate, a person. */
const specOf = (folder: string) => `
title: Release of a library
description: Check, build and release it
on_task_failure: review
budget_usd: 2
plan:
  rationale: Check and build do not need each other; the release needs both.
  tasks:
    - task_id: check
      title: Check the links
      description: Look at every link
      agent: command
      max_attempts: 1
      estimated_seconds: 1
      command: |
        if grep -q 'but not [e]xample.com' "$ORCHESTRATOR_CONTEXT"; then echo all links work; else echo example.com is a placeholder >&2; exit 1; fi
    - task_id: build
      title: Build the package
      agent: command
      estimated_seconds: 2
      command: |
        echo compiling; until [ -e ${join(folder, 'go')} ]; do sleep 0.05; done; echo built
    - task_id: release
      title: Release it
      agent: command
      depends_on: [check, build]
      approval: required
      estimated_seconds: 1
      command: echo released
`;

const PARAMETRIC = `
title: Release {{ parameters.version }}
description: Release it
parameters:
  version: { description: what to release }
  where: { type: enum, options: [staging, production], default: staging }
  regions: { type: list, default: [eu] }
  dry: { type: boolean, default: false }
  attempts: { type: number, default: 3 }
plan:
  tasks:
    - task_id: publish
      title: Publish {{ parameters.version }}
      agent: command
      max_attempts: "{{ parameters.attempts }}"
      command: [echo, "to {{ parameters.where }} in {{ parameters.regions }}, dry: {{ parameters.dry }}"]
`;

describe.skipIf(CHROMIUM === undefined)(
  'a job from beginning to end in a browser (skipped without Chromium)',
  () => {
    let service: KillableService;
    let browser: TestBrowser;

    beforeAll(async () => {
      await buildDashboard(() => {});
      [service, browser] = await Promise.all([startKillable(), startBrowser()]);
    }, 120_000);
    afterEach(() => expect(browser.complaints.splice(0)).toEqual([]));
    afterAll(async () => {
      await browser?.close();
      await service?.close();
    });

    test('submitted, edited, approved, watched over a kill of the API, retried with a new prompt, released', async () => {
      const { page } = browser;
      const { folder } = service.worker;
      await page.goto(service.url);
      await page.getByText('No jobs yet').waitFor();

      // what is wrong is said by field before anything is sent
      await page.getByRole('link', { name: 'New job' }).click();
      await page.getByLabel('Title').fill('x');
      await page.getByText('Fix these problems').waitFor();
      expect(await page.getByRole('button', { name: 'Submit' }).isDisabled()).toBe(true);
      const spec = {
        name: 'release.yaml',
        mimeType: 'application/yaml',
        buffer: Buffer.from(specOf(folder)),
      };
      await page.locator('input[type=file]').setInputFiles(spec);
      await page.getByText('Every field is valid').waitFor();
      expect(await page.getByLabel('Title').inputValue()).toBe('Release of a library');
      await expectAccessible(page);
      await expectAccessible(page, 'dark');
      await page.getByRole('button', { name: 'Submit' }).click();

      // the plan is read, edited and compared
      await page.waitForURL(/\/ui\/jobs\/\w+\/plan$/);
      const job_id = /jobs\/(\w+)\//.exec(page.url())![1]!;
      const box = (title: string) => page.locator('button[data-tone=plan]', { hasText: title });
      await box('Build the package').waitFor();
      await expectAccessible(page);
      await expectAccessible(page, 'dark');
      await page.getByRole('button', { name: 'Edit', exact: true }).click();
      await page.getByRole('button', { name: 'Add a task' }).click();
      await page.getByLabel('Title').fill('Tell the team');
      await page.getByRole('combobox', { name: 'Agent' }).click();
      await page.getByRole('option', { name: 'human' }).click();
      await page.getByRole('combobox', { name: 'Depends on' }).click();
      await page.getByRole('option', { name: 'release' }).click();
      await page.getByLabel('Description').click();
      await page.getByText('added').waitFor();
      await picture(page, 'plan');

      // somebody else is faster: that is said, and no edits are lost
      const ask = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
        fetch(`${service.url}/orchestrate/${job_id}${path}`, {
          method,
          headers: { 'content-type': 'application/json', ...headers },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
      const plan = (await (await ask('GET', '/plan')).json()) as object;
      expect((await ask('PUT', '/plan', { ...plan, rationale: 'Another one' })).status).toBe(200);
      await page.getByText('Version 2 was saved meanwhile').waitFor();
      await page.getByRole('button', { name: 'Go to version 2' }).click();
      await page.getByText('Another one').waitFor();

      await page.getByRole('button', { name: 'Edit', exact: true }).click();
      await box('Release it').click();
      await page.getByLabel('Description').fill('Put it into the registry');
      await page.getByRole('button', { name: 'Save as version 3' }).click();
      await page.getByText('Version 3, edited').waitFor();
      await box('Release it').click();
      await page.getByLabel('About the plan').getByText('Since version 2').waitFor();
      await page.getByText('Put it into the registry').first().waitFor();
      await page.getByRole('button', { name: 'Approve version 3' }).click();

      // the job runs; what a command says is seen at once
      await page.waitForURL(new RegExp(`/ui/jobs/${job_id}$`));
      await page.locator('button[data-tone=bad]', { hasText: 'Check the links' }).waitFor();
      await page.locator('button[data-tone=active]', { hasText: 'Build the package' }).click();
      await page.getByLabel('Task build').getByText('compiling').waitFor();
      await expectAccessible(page);
      await expectAccessible(page, 'dark');
      await picture(page, 'job');

      // kill -9 of the API in the middle: the page says so, goes on by itself, and shows what happened meanwhile
      await page.evaluate('window.stillTheSamePage = true');
      await service.killApi();
      await page.getByText('The service does not answer').waitFor();
      await page.locator('button[data-tone=active]', { hasText: 'Build the package' }).waitFor();
      writeFileSync(join(folder, 'go'), '');
      const journal = () => service.worker.store.readEvents(job_id, 0, 1000);
      const wentOn = async () => (await journal()).some(({ type }) => type === 'job.needs_review');
      await until(wentOn, { timeoutMs: 60_000, what: 'the job to go on without the API' });
      await service.startApi();
      await page.getByText('The service does not answer').waitFor({ state: 'detached' });
      await page.locator('button[data-tone=good]', { hasText: 'Build the package' }).waitFor();
      await page.getByRole('tab', { name: 'Events' }).click();
      const log = page.getByRole('region', { name: 'Events' });
      await log.getByText('job.needs_review').waitFor();
      const showsAll = async () =>
        (await log.locator(`li[aria-setsize="${(await journal()).length}"]`).count()) > 0;
      await until(showsAll, { timeoutMs: 60_000, what: 'every event, and none twice' });
      await page.getByRole('tab', { name: 'Graph' }).click();
      expect(await page.evaluate('window.stillTheSamePage')).toBe(true);

      // why it failed, and another try with another prompt
      await page.getByText('needs review').first().waitFor();
      await page.getByRole('button', { name: /^Check the links/ }).click();
      await page.getByLabel('Task check').getByText('example.com is a placeholder').first().waitFor();
      await page.getByLabel('Task check').getByRole('button', { name: 'Retry' }).click();
      await page.getByLabel('Prompt').fill('Look at every link, but not example.com');
      await page.getByRole('dialog').getByRole('button', { name: 'Retry' }).click();
      await page.locator('button[data-tone=good]', { hasText: 'Check the links' }).waitFor();

      // a gate is approved where all that waits is listed
      await page.getByRole('link', { name: /^Jobs/ }).click();
      const waits = page.getByRole('region', { name: 'Waits for you' });
      await waits.getByText('Release it').waitFor();
      await expectAccessible(page);
      await expectAccessible(page, 'dark');
      await picture(page, 'jobs');
      await waits.getByRole('button', { name: 'Approve release' }).click();
      await waits.waitFor({ state: 'detached' });
      await page.getByRole('row', { name: /Release of a library.*completed/ }).waitFor();

      // who ran when, and what was written down
      await page.getByRole('link', { name: 'Release of a library' }).click();
      await page.getByRole('tab', { name: 'Timeline' }).click();
      await page.getByRole('img', { name: /^waited .*failed .*attempt 2 completed/ }).waitFor();
      await picture(page, 'timeline');
      await expectAccessible(page);
      await page.getByRole('tab', { name: 'Events' }).click();
      await page.getByText('job.completed').waitFor();
      await expectAccessible(page);

      // the results are read
      await page.getByRole('link', { name: 'Results' }).click();
      await page.getByRole('region', { name: 'Report' }).getByText('released').first().waitFor();
      await page.getByRole('button', { name: 'Show report.md' }).click();
      await page
        .getByRole('region', { name: 'report.md' })
        .getByText('Release of a library')
        .first()
        .waitFor();
      await expectAccessible(page);
    }, 180_000);

    test('on a narrow screen nothing is cut off, and everything is reached by keyboard', async () => {
      const { page } = browser;
      await page.setViewportSize({ width: 400, height: 800 });
      await page.goto(service.url);
      const job = page.getByRole('link', { name: 'Release of a library' });
      await job.waitFor();
      const overflow = () => page.evaluate('document.documentElement.scrollWidth - window.innerWidth');
      expect(await overflow()).toBeLessThanOrEqual(0);
      await expectAccessible(page);
      await job.focus();
      await page.keyboard.press('Enter');
      await page.waitForURL(/\/ui\/jobs\/\w+$/);
      // there is no picture there, but a list
      await page.getByRole('tab', { name: 'Tasks' }).focus();
      await page.keyboard.press('ArrowRight');
      await page.getByRole('region', { name: /^Timeline/ }).waitFor();
      await page.keyboard.press('ArrowLeft');
      await page.getByRole('button', { name: /Build the package/ }).focus();
      await page.keyboard.press('Enter');
      await page.getByLabel('Task build').getByText('compiling').waitFor();
      expect(await overflow()).toBeLessThanOrEqual(0);
      await expectAccessible(page);
      await page.keyboard.press('Escape');
      await page.getByRole('link', { name: /^Plan, version/ }).click();
      await page.getByRole('button', { name: /Release it/ }).waitFor();
      expect(await overflow()).toBeLessThanOrEqual(0);
      await page.goto(`${service.url}/ui/submit`);
      await page.getByLabel('Title').waitFor();
      expect(await overflow()).toBeLessThanOrEqual(0);
    }, 120_000);

    test('a spec with parameters asks for their values in a form, and the plan shows them', async () => {
      const { page } = browser;
      await page.setViewportSize({ width: 1280, height: 1200 });
      await page.goto(`${service.url}/ui/submit`);
      await page.getByRole('tab', { name: 'YAML' }).click();
      await page.getByLabel('The spec as YAML or JSON').fill(PARAMETRIC);
      await page.getByText('with.version').waitFor();
      expect(await page.getByRole('button', { name: 'Submit' }).isDisabled()).toBe(true);
      await page.getByRole('tab', { name: 'Form' }).click();
      await page.getByRole('textbox', { name: 'version' }).fill('1.4');
      await page.getByRole('combobox', { name: 'where' }).click();
      await page.getByRole('option', { name: 'production' }).click();
      await page.getByRole('textbox', { name: 'regions' }).fill('eu\nus');
      await page.getByLabel('dry').click();
      await page.locator('input[type=checkbox]:checked').waitFor();
      await page.getByRole('textbox', { name: 'attempts' }).fill('2');
      await expectAccessible(page);
      await expectAccessible(page, 'dark');
      await page.getByRole('button', { name: 'Submit' }).click();
      await page.waitForURL(/\/plan$/);
      await page.getByText('Release 1.4').first().waitFor();
      await page
        .getByRole('button', { name: /Publish 1.4/ })
        .first()
        .click();
      await page
        .getByText(/to production in .*eu.*us.*dry: true/)
        .first()
        .waitFor();
    }, 120_000);

    test('once there are keys it asks for one, says why one is refused, and keeps it for the tab alone', async () => {
      const { page } = browser;
      await page.setViewportSize({ width: 1280, height: 800 });
      const { key } = await service.worker.store.createKey({ owner: 'local', name: 'laptop' });
      await page.goto(service.url);
      await page.getByLabel('API key', { exact: true }).fill('not-a-key');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByText('The API key is unknown or revoked').waitFor();
      await expectAccessible(page);
      await page.getByLabel('API key', { exact: true }).fill(key);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('link', { name: 'Release of a library' }).waitFor();
      expect(await page.evaluate('JSON.stringify([localStorage, document.cookie])')).not.toContain(key);
      await page.reload();
      await page.getByRole('link', { name: 'Release of a library' }).waitFor();
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByLabel('API key', { exact: true }).waitFor();
      expect(await page.evaluate('JSON.stringify(sessionStorage)')).not.toContain(key);
    }, 120_000);
  },
);
