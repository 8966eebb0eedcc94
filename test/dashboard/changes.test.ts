import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { buildDashboard } from '../../dashboard/build.ts';
import { startService, type TestService } from '../cli/service.ts';
import { ANY_SOURCE } from '../repository-jobs/source.ts';
import { until } from '../setup/until.ts';
import { CHROMIUM, expectAccessible, picture, startBrowser, type TestBrowser } from './browser.ts';
import { MARKUP, type RepositoryStory, startStory } from './repository-story.ts';

describe.skipIf(CHROMIUM === undefined)('a repository job in a browser (skipped without Chromium)', () => {
  let service: TestService;
  let browser: TestBrowser;
  let story: RepositoryStory;

  beforeAll(async () => {
    await buildDashboard(() => {});
    [service, browser] = await Promise.all([startService({ config: ANY_SOURCE }), startBrowser()]);
    story = await startStory(service);
  }, 120_000);
  afterEach(async () => {
    expect(browser.complaints.splice(0)).toEqual([]);
    // nothing of what agents wrote was ever run
    expect(await browser.page.evaluate('window.hacked')).toBeUndefined();
  });
  afterAll(async () => {
    story?.remove();
    await browser?.close();
    await service?.close();
  });

  const bothSchemes = async () => {
    await expectAccessible(browser.page);
    await expectAccessible(browser.page, 'dark');
  };

  test('the plan shows what it will run there, where that is from, and what the check says of the base', async () => {
    const { page } = browser;
    await page.goto(`${service.url}/ui/jobs/${story.job_id}/plan`);
    const repository = page.getByRole('region', { name: 'Repository' });
    await repository.getByText('sh check').waitFor();
    await repository.getByText('as submitted').waitFor();
    await repository.getByText('passed').waitFor();
    await repository.getByText('There is no sandbox').waitFor();
    await bothSchemes();
    await page.getByRole('button', { name: 'Approve version 1' }).click();
    await page.waitForURL(new RegExp(`/ui/jobs/${story.job_id}$`));
  }, 120_000);

  test('the merge queue is seen live: who is checked, who waits, who was taken back and why, who does not merge', async () => {
    const { page } = browser;
    await page.getByRole('tab', { name: 'Changes' }).click();
    const queue = page.getByRole('region', { name: 'Merge queue' });
    const entry = (title: string, state: string) =>
      queue.getByRole('listitem').filter({ hasText: title }).filter({ hasText: state });
    await entry('Add an odd file', 'being checked').waitFor();
    for (const [task_id, title] of [
      ['fix', 'Fix the number'],
      ['left', 'Say it one way'],
      ['right', 'Say it another way'],
    ] as const) {
      story.handIn(task_id);
      await entry(title, 'in the queue').waitFor();
    }
    await page.getByText('Nothing has landed yet.').waitFor();
    await bothSchemes();
    story.release();
    await entry('Say it another way', 'does not merge').waitFor();
    const taken = queue.getByRole('region', { name: 'Taken back' });
    await taken.getByText('fix, attempt 1: exit code 1').waitFor();
    await taken.getByRole('button', { name: 'Show what the check printed' }).click();
    await taken.getByText(`two is wrong ${MARKUP}`).first().waitFor();
    await page.getByRole('region', { name: 'Repository' }).getByText('3 landed').waitFor();
    await picture(page, 'changes');
    await bothSchemes();
  }, 120_000);

  test('a conflict is looked at and decided from the page', async () => {
    const { page } = browser;
    const waits = page.getByRole('region', { name: 'Waits for you' });
    await waits.getByText('shared.txt').waitFor();
    await waits.getByText(`orchestrator push ${story.job_id} --task right`).waitFor();
    await waits.getByRole('button', { name: 'Show the places' }).click();
    await waits.getByText('<<<<<<< what has landed').waitFor();
    await bothSchemes();
    // an agent is chosen of those that have a model
    await waits.getByRole('button', { name: 'Let an agent resolve: right' }).click();
    const dialog = page.getByRole('dialog');
    expect(await dialog.getByRole('button', { name: 'Let it resolve' }).isDisabled()).toBe(true);
    await dialog.getByRole('button', { name: 'Back' }).click();
    await waits.getByRole('button', { name: 'Retry: right' }).click();
    await waits.waitFor({ state: 'detached' });
    await page.getByText('Nothing waits to be merged.').waitFor();
    await until(async () => (await story.status()).status === 'completed', {
      timeoutMs: 60_000,
      what: 'the job to be completed',
    });
    expect(story.source.show(`orchestrator/${story.job_id}/result`, 'shared.txt')).toBe('right');
    const repository = page.getByRole('region', { name: 'Repository' });
    await repository.getByText('as the branch').waitFor();
  }, 120_000);

  test('files are opened one by one, under each other or side by side, and are text whatever they hold', async () => {
    const { page } = browser;
    const files = page.getByRole('region', { name: 'Changed files' });
    await files.getByText('5 files').waitFor();
    const hostile = files.getByRole('button', { name: /hacked/ });
    expect(await hostile.textContent()).toContain('a⟨U+000A⟩<img src=x onerror=hacked=1>⟨U+202E⟩gnp.txt');
    await hostile.click();
    await files.getByText(`+${MARKUP}`).waitFor();
    await files.getByText('+plain⟨U+202E⟩evil').waitFor();
    await files.getByText('characters that hide or reorder text').waitFor();
    await files.getByRole('button', { name: /^long.txt/ }).click();
    const added = files.locator('[data-kind=added]', { hasText: 'line three' });
    expect(await added.getAttribute('data-after')).toBe('3');
    await bothSchemes();
    await files.getByText('Side by side').click();
    expect(await added.getAttribute('data-number')).toBe('3');
    expect(await page.locator('img[src=x]').count()).toBe(0);
    await picture(page, 'diff');
    await bothSchemes();
  }, 120_000);

  test('of one task its own changes are shown, from its panel too', async () => {
    const { page } = browser;
    await page.getByRole('tab', { name: 'Tasks' }).click();
    await page.getByRole('button', { name: /Fix the number/ }).click();
    const work = page.getByRole('region', { name: 'Work of fix in the repository' });
    await work.getByText('landed').waitFor();
    await work.getByText('attempt 1: exit code 1').waitFor();
    await bothSchemes();
    await work.getByRole('button', { name: 'Show its changes' }).click();
    const files = page.getByRole('region', { name: 'Changed files' });
    await files.getByText('1 file', { exact: true }).waitFor();
    await files.getByRole('button', { name: /^n.txt/ }).click();
    await files.getByText('+3').last().waitFor();
    await page.getByRole('combobox', { name: 'Changes of' }).click();
    await page.getByRole('option', { name: 'The whole job' }).click();
    await files.getByText('5 files').waitFor();
  }, 120_000);

  test('on a narrow screen nothing is cut off', async () => {
    const { page } = browser;
    await page.setViewportSize({ width: 400, height: 800 });
    await page.goto(`${service.url}/ui/jobs/${story.job_id}`);
    await page.getByRole('tab', { name: 'Changes' }).click();
    const files = page.getByRole('region', { name: 'Changed files' });
    await files.getByRole('button', { name: /^long.txt/ }).click();
    await files.getByText('+line three').waitFor();
    const overflow = 'document.documentElement.scrollWidth - window.innerWidth';
    expect(await page.evaluate(overflow)).toBeLessThanOrEqual(0);
    await bothSchemes();
    await page.goto(`${service.url}/ui/jobs/${story.job_id}/plan`);
    await page.getByRole('region', { name: 'Repository' }).getByText('sh check').waitFor();
    expect(await page.evaluate(overflow)).toBeLessThanOrEqual(0);
  }, 120_000);

  test('the form names a repository, and what goes with it', async () => {
    const { page } = browser;
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.goto(`${service.url}/ui/submit`);
    await page.getByLabel('Repository').fill(story.source.path);
    await page.getByLabel('Base branch').fill('main');
    await page.getByLabel('Check command').fill('sh check');
    await page.getByRole('combobox', { name: 'Deliver' }).click();
    await page.getByRole('option', { name: 'keep the branch in the repository' }).click();
    await bothSchemes();
    await page.getByRole('tab', { name: 'YAML' }).click();
    const text = await page.getByLabel('The spec as YAML or JSON').inputValue();
    for (const line of [
      `repository: ${story.source.path}`,
      'base_branch: main',
      'check_command: sh check',
      'deliver: branch',
    ])
      expect(text).toContain(line);
  }, 120_000);
});
