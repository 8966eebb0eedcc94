import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { JobView } from '../../contracts/view.ts';
import { buildDashboard } from '../../dashboard/build.ts';
import { startService, type TestService } from '../cli/service.ts';
import { CHROMIUM, expectAccessible, picture, startBrowser, type TestBrowser } from '../dashboard/browser.ts';
import { ask } from '../dashboard/repository-story.ts';
import { ANY_SOURCE, makeSource, type Source } from '../repository-jobs/source.ts';
import { until } from '../setup/until.ts';
import type { AssistantFake } from './fake.ts';
import { assistant, codingConfig, codingOptions, environmentFor, fakeFor } from './setup.ts';

/** Two assistants work side by side in a repository, and one of them asks for leave. */
describe.skipIf(CHROMIUM === undefined)('two assistants in a browser (skipped without Chromium)', () => {
  let service: TestService;
  let browser: TestBrowser;
  let source: Source;
  let claude: AssistantFake;
  let codex: AssistantFake;

  beforeAll(async () => {
    await buildDashboard(() => {});
    [claude, codex] = await Promise.all([fakeFor('claude'), fakeFor('codex')]);
    const agents = [assistant('claude', { permissions: 'ask' }, 'careful'), assistant('codex', {}, 'quick')];
    const { config, deps } = codingOptions('claude', claude, agents, {
      ...ANY_SOURCE,
      prices: { ...Object(codingConfig('claude').prices), ...Object(codingConfig('codex').prices) },
    });
    const environment = { ...deps!.environment, ...environmentFor('codex', codex) };
    [service, browser] = await Promise.all([
      startService({ config: config!, deps: { ...deps, environment } }),
      startBrowser(),
    ]);
    source = makeSource({ 'greeting.txt': 'hello\n' });
  }, 120_000);
  afterEach(() => expect(browser.complaints.splice(0)).toEqual([]));
  afterAll(async () => {
    await browser?.close();
    await service?.close();
    await Promise.all([claude?.close(), codex?.close()]);
    source?.remove();
  });

  test('a person allows what one asks for, both are merged, and the changes are read', async () => {
    const { page } = browser;
    const task = (task_id: string, agent: string) => ({
      ...{ task_id, title: `Write ${task_id}`, description: `Write the file ${task_id}`, agent },
      max_attempts: 1,
    });
    const { job_id } = await ask<{ job_id: string }>(service, 'POST', '/orchestrate/submit', {
      ...{ title: 'Two files', description: 'Write two files', repository: source.path },
      plan: { tasks: [task('one', 'careful'), task('two', 'quick')] },
    });
    const clone = (task_id: string) => join(service.worker.deps.work_dir, job_id, 'tasks', task_id);
    const command = `sh -c 'echo allowed > ${join(clone('one'), 'allowed.txt')}'`;
    const one = { path: join(clone('one'), 'one.txt'), content: 'one' };
    const two = { path: join(clone('two'), 'two.txt'), content: 'two' };
    claude.expect('Write the file one', 0, { text: 'I write it.', write: one });
    claude.expect('Write the file one', 1, { text: 'May I run this?', command });
    claude.expect('a person allowed it', null, { text: 'I run it.', command });
    claude.expect('a person allowed it', null, { text: 'Both are there.' });
    codex.expect('Write the file two', 0, { text: 'I write it.', write: two });
    codex.expect('Write the file two', 1, { text: 'Written.' });

    await page.goto(`${service.url}/ui/jobs/${job_id}/plan`);
    await page.getByRole('button', { name: 'Approve version 1' }).click();
    await page.waitForURL(new RegExp(`/ui/jobs/${job_id}$`));

    const waits = page.getByRole('region', { name: 'Waits for you' });
    await waits.getByText('careful wants to use Bash').waitFor();
    await waits.getByRole('button', { name: 'Arguments' }).click();
    const dialog = page.getByRole('dialog');
    await expect.poll(async () => await dialog.innerHTML()).toContain('echo allowed');
    await expectAccessible(page);
    await picture(page, 'permission');
    await page.keyboard.press('Escape');
    await waits.getByRole('button', { name: 'Allow one' }).click();

    const status = () => ask<JobView>(service, 'GET', `/orchestrate/${job_id}/status`);
    const view = await until(
      async () => {
        const now = await status();
        return ['completed', 'failed', 'needs_review'].includes(now.status) && now;
      },
      { timeoutMs: 120_000, what: 'the end of the job' },
    );
    expect(view.tasks).toMatchObject([
      { task_id: 'one', status: 'completed', attempt: 1, repository: { merge: 'landed' } },
      { task_id: 'two', status: 'completed', attempt: 1, repository: { merge: 'landed' } },
    ]);
    await page.getByRole('tab', { name: 'Changes' }).click();
    const files = page.getByRole('region', { name: 'Changed files' });
    await files.getByText('3 files').waitFor();
    await files.getByRole('button', { name: /^allowed.txt/ }).click();
    await files.getByText('+allowed').waitFor();
    await files.getByRole('button', { name: /^two.txt/ }).click();
    await files.getByText('+two').waitFor();
    expect(source.show(`orchestrator/${job_id}/result`, 'allowed.txt')).toBe('allowed');
    claude.assertDone();
    codex.assertDone();
  }, 240_000);
});
