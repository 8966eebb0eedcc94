import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { JobView } from '../../contracts/view.ts';
import { buildDashboard } from '../../dashboard/build.ts';
import { usd } from '../../dashboard/components/format.ts';
import { API_KEY, agentNamed, billedUsd, MODEL, turn, workerOptions } from '../agents/setup.ts';
import { startService, type TestService } from '../cli/service.ts';
import { type FakeAnthropic, startFakeAnthropic } from '../fakes/anthropic.ts';
import { until } from '../setup/until.ts';
import { type Receiver, startReceiver } from '../webhooks/receiver.ts';
import { CHROMIUM, expectAccessible, picture, startBrowser, type TestBrowser } from './browser.ts';

const PATIENCE = { timeoutMs: 60_000 };

/** Artifacts of each kind that has a preview; `draft` is what differs between two runs. */
const write = (draft: string) => `cd "$ORCHESTRATOR_ARTIFACTS"
printf 'first line\\n${draft}\\nlast line\\n' > notes.txt
echo same > same.txt
echo '{"draft":"${draft}"}' > facts.json
cat > change.diff <<'END'
--- a/x
+++ b/x
@@ -1,2 +1,2 @@
 kept
-old
+${draft}
END`;

/** A report that is longer than what travels in the status. */
const report = (draft: string) =>
  `# Report\n\n${'It was looked into from all sides.\n\n'.repeat(60)}The draft is ${draft}.\n\nIn the end all is said.`;

describe.skipIf(CHROMIUM === undefined)('what came of a job, in a browser (skipped without Chromium)', () => {
  let service: TestService;
  let browser: TestBrowser;
  let fake: FakeAnthropic;
  let receiver: Receiver;
  let repaired = false;

  beforeAll(async () => {
    await buildDashboard(() => {});
    fake = await startFakeAnthropic({ api_key: API_KEY });
    receiver = await startReceiver(() => (repaired ? undefined : { status: 500 }));
    const config = {
      tools: { allow_private_hosts: [receiver.host] },
      limits: { webhook_timeout_seconds: 5, webhook_retry_seconds: 1 },
    };
    const options = workerOptions(fake, { config, agents: [agentNamed('tester')] });
    [service, browser] = await Promise.all([startService(options), startBrowser()]);
  }, 120_000);
  afterEach(() => expect(browser.complaints.splice(0)).toEqual([]));
  afterAll(async () => {
    await browser?.close();
    await service?.close();
    await receiver?.close();
    await fake?.close();
  });

  async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(`${service.url}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return JSON.parse(text) as T;
  }

  /** Runs a job to its end; one whose criterion is not met is finished as it is. */
  async function run(draft: string, check: 'true' | 'false'): Promise<string> {
    fake.expect(turn('Tell of it', { text: `Told of ${draft}.` }), {
      system_includes: 'write the report',
      structured: false,
      reply: { type: 'message', text: report(draft) },
    });
    const { job_id } = await ask<{ job_id: string }>('POST', '/orchestrate/submit', {
      ...{ title: 'Weekly look', description: 'Look at it', auto_approve: true, max_repair_rounds: 0 },
      acceptance_criteria: [{ criterion_id: 'c1', text: 'It is checked', command: check }],
      plan: {
        tasks: [
          { task_id: 'write', title: 'Write', agent: 'command', command: write(draft) },
          { task_id: 'tell', title: 'Tell', description: 'Tell of it', agent: 'tester' },
        ],
      },
      webhook: { url: `${receiver.url}/${draft}`, events: ['job.completed'] },
    });
    const path = `/orchestrate/${job_id}`;
    const ended = await until(
      async () => {
        const view = await ask<JobView>('GET', `${path}/status`);
        return ['completed', 'failed', 'needs_review'].includes(view.status) && view;
      },
      { ...PATIENCE, what: `the end of ${job_id}` },
    );
    const unmet = check === 'false';
    expect(ended, JSON.stringify(ended.tasks.map(({ error }) => error))).toMatchObject({
      status: unmet ? 'needs_review' : 'completed',
      criteria: [{ verdict: unmet ? 'unmet' : 'met' }],
    });
    if (unmet) await ask('POST', `${path}/finish`, {});
    await until(async () => (await ask<JobView>('GET', `${path}/status`)).finished_at, {
      ...PATIENCE,
      what: `${job_id} to be finished`,
    });
    return job_id;
  }

  test('the whole report, artifacts of each kind, the cost by agent and model, and an earlier run beside it', async () => {
    const { page } = browser;
    const earlier = await run('rough', 'false');
    const job_id = await run('smooth', 'true');
    await page.goto(`${service.url}/ui/jobs/${job_id}/results`);
    await page.getByRole('region', { name: 'Report' }).getByText('In the end all is said').waitFor();

    const artifacts = page.getByRole('region', { name: 'Artifacts' });
    await artifacts.getByRole('button', { name: 'Show change.diff' }).click();
    const patch = page.getByRole('region', { name: 'change.diff' });
    await patch.getByText('+smooth').waitFor();
    const kinds = await patch.locator('span').evaluateAll((spans) => spans.map((span) => span.dataset.kind));
    expect(kinds).toEqual(['head', 'head', 'head', 'same', 'removed', 'added']);
    await artifacts.getByRole('button', { name: 'Show facts.json' }).click();
    await artifacts.getByText(/^\{\s+"draft": "smooth"\s+\}$/).waitFor();

    const { ledger } = await ask<{ ledger: { agent: string | null; cost_usd: number }[] }>(
      'GET',
      `/orchestrate/${job_id}/ledger`,
    );
    const spent = fake.calls.slice(-2).reduce((sum, call) => sum + billedUsd(call), 0);
    const agents = page.getByRole('table', { name: 'Cost by agent' });
    // the one that did the task, and who wrote the report
    expect(ledger.map(({ agent }) => agent)).toContain('tester');
    for (const { agent, cost_usd } of ledger) {
      const name = new RegExp(`^${agent ?? 'the job itself'} 1 .*\\${usd(cost_usd)}$`);
      await agents.getByRole('row', { name }).waitFor();
    }
    await agents.getByRole('row', { name: new RegExp(`^All 2 .*\\${usd(spent)}$`) }).waitFor();
    const models = page.getByRole('table', { name: 'Cost by model' });
    await models.getByRole('row', { name: new RegExp(`^anthropic/${MODEL} 2 .*\\${usd(spent)}$`) }).waitFor();

    // the other run of the same title is offered first, and stands in the address when it is chosen
    await page.getByRole('combobox', { name: 'With an earlier job' }).click();
    await page.getByRole('option', { name: /^Weekly look · completed/ }).click();
    const sides = page.getByRole('table', { name: 'Side by side' });
    await sides.getByRole('row', { name: /^Status completed completed \(partial\)$/ }).waitFor();
    await sides.getByRole('row', { name: 'It is checked met unmet' }).waitFor();
    const difference = page.getByRole('region', { name: 'Difference of the reports' });
    await difference.getByText('- The draft is rough.').waitFor();
    await difference.getByText('+ The draft is smooth.').waitFor();
    await difference.getByText(/\(\d+ the same\)/).waitFor();
    await page.getByRole('button', { name: 'Show the difference of notes.txt' }).click();
    await page.getByRole('region', { name: 'Difference of notes.txt' }).getByText('+ smooth').waitFor();
    const compare = page.getByRole('region', { name: 'Compare' });
    await compare.scrollIntoViewIfNeeded();
    await picture(page, 'results');
    expect(await compare.getByText('same.txt').count()).toBe(0);
    await expectAccessible(page);
    expect(new URL(page.url()).searchParams.get('with')).toBe(earlier);

    await page.setViewportSize({ width: 400, height: 800 });
    await page.reload();
    await sides.getByRole('row', { name: 'It is checked met unmet' }).waitFor();
    await difference.waitFor();
    expect(
      await page.evaluate('document.documentElement.scrollWidth - window.innerWidth'),
    ).toBeLessThanOrEqual(0);
    await expectAccessible(page, 'dark');
    await page.setViewportSize({ width: 1280, height: 800 });
  }, 180_000);

  test('webhooks: dead letters are shown with what went wrong, and sent again', async () => {
    const { page } = browser;
    const job_id = await run('lost', 'true');
    await page.goto(`${service.url}/ui/jobs/${job_id}`);
    await page.getByRole('link', { name: 'Webhooks' }).click();
    const log = page.getByRole('list', { name: 'Deliveries' });
    const line = log.getByRole('listitem').filter({ hasText: 'job.completed' });
    await line.getByText('It answered 500').waitFor();
    // it is given up after the try that ends too late, which may be its first
    await page.getByRole('button', { name: 'Show dead letters' }).click();
    await line.getByText(/dead · \d (try|tries) · answered 500/).waitFor();
    await expectAccessible(page);
    await page.setViewportSize({ width: 400, height: 800 });
    expect(
      await page.evaluate('document.documentElement.scrollWidth - window.innerWidth'),
    ).toBeLessThanOrEqual(0);
    await expectAccessible(page, 'dark');

    repaired = true;
    const before = receiver.at('/lost');
    await line.getByRole('button', { name: /^Send again: job.completed/ }).focus();
    await page.keyboard.press('Enter');
    await page.getByText('None is dead.').waitFor();
    await page.getByRole('combobox', { name: 'Show' }).click();
    await page.getByRole('option', { name: 'delivered' }).click();
    await line.getByText('delivered · 1 try · answered 204').waitFor();
    const after = receiver.at('/lost');
    expect(after.length).toBe(before.length + 1);
    expect(new Set(after.map(({ id }) => id)).size).toBe(1);
    await page.setViewportSize({ width: 1280, height: 800 });
  }, 120_000);
});
