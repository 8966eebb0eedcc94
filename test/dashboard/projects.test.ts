import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { JobMessage } from '../../contracts/message.ts';
import { buildDashboard } from '../../dashboard/build.ts';
import {
  mistakesIn,
  newDraft,
  pathOf,
  toRequest,
  withWorker,
} from '../../dashboard/pages/new-project/draft.ts';
import { askingIn } from '../../dashboard/pages/project/asking.ts';
import { fault, turn } from '../agents/setup.ts';
import { complete, delegate, lead, OF_BOSS, waits } from '../boss/setup.ts';
import { asks, type Body, keepsOn, useProjects } from '../projects/setup.ts';
import { until } from '../setup/until.ts';
import { CHROMIUM, expectAccessible, picture, startBrowser, type TestBrowser } from './browser.ts';

const GOAL = 'Write a page on the history of tea';
const SEARCH = 'Find sources on the history of tea';
const OUTLINE = 'Draft an outline of the page';
const CHECK = 'Check what the others find';

describe.skipIf(CHROMIUM === undefined)('projects in a browser (skipped without Chromium)', () => {
  const world = useProjects();
  let browser: TestBrowser;

  beforeAll(async () => {
    await buildDashboard(() => {});
    browser = await startBrowser();
  }, 120_000);
  afterEach(() => expect(browser.complaints.splice(0)).toEqual([]));
  afterAll(() => browser?.close());

  /** Expects that nothing is cut off on a narrow screen, and that axe finds nothing there in the dark. */
  const expectNarrow = async () => {
    const { page } = browser;
    await page.setViewportSize({ width: 400, height: 800 });
    await expectAccessible(page, 'dark');
    expect(
      await page.evaluate('document.documentElement.scrollWidth - window.innerWidth'),
    ).toBeLessThanOrEqual(0);
    await page.setViewportSize({ width: 1280, height: 800 });
  };

  test('one is made, started, watched over a restart of the API, spoken to, paused, resumed and completed', async () => {
    const { page } = browser;
    const { fake, service } = world;
    fake.expect(
      lead(GOAL, [delegate('finder', SEARCH), delegate('writer', OUTLINE), delegate('checker', CHECK)], {
        turn: 0,
      }),
      keepsOn(CHECK),
      asks(SEARCH, 'Which century do I begin with?'),
      turn(`# Your task: ${OUTLINE}`, { text: 'Origins, trade, today.' }),
      turn([`# Your task: ${SEARCH}`, 'Begin with the eighth'], { text: 'Lu Yu wrote of it.' }, { turn: 1 }),
      lead([GOAL, 'Lu Yu wrote of it.', 'Origins, trade, today.'], [complete('# Tea\n\nA page of it.')]),
    );
    fake.expect(waits(GOAL, 20));
    await page.goto(`${service.url}/ui/projects`);
    await page.getByText('No projects yet').waitFor();

    // what is wrong is said by field: before anything is sent, and by the service
    await page.getByRole('link', { name: 'New project' }).click();
    await page.getByLabel('Title').fill('A page on tea');
    await page.getByText('Fix these problems').waitFor();
    expect(await page.getByRole('button', { name: 'Create', exact: true }).isDisabled()).toBe(true);
    await page.getByLabel('Goal').fill(GOAL);
    await page.getByRole('group', { name: 'The boss' }).getByLabel('Name').fill('lead');
    const worker = (number: number) => page.getByRole('group', { name: `Worker ${number}` });
    const choose = async (number: number, specialty: string) => {
      await worker(number).getByRole('combobox', { name: 'Specialty' }).click();
      await page.getByRole('option', { name: specialty }).click();
    };
    await worker(1).getByLabel('Name').fill('finder');
    await choose(1, 'researcher');
    await page.getByRole('button', { name: 'Add a worker' }).click();
    await worker(2).getByLabel('Name').fill('finder');
    await page.getByRole('button', { name: 'Add a worker' }).click();
    await worker(3).getByLabel('Name').fill('checker');
    await page.getByRole('button', { name: 'Add a worker' }).click();
    await page.getByRole('button', { name: 'Drop worker-4' }).click();
    await page.getByLabel('Budget, USD').fill('5');
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.getByText('The service refused it').waitFor();
    await worker(2).getByText("'finder' is listed twice").waitFor();
    await worker(2).getByLabel('Name').fill('writer');
    await choose(2, 'communicator');
    await page.getByText('Every field is valid').waitFor();
    await expectAccessible(page);
    await expectNarrow();
    await page.getByRole('button', { name: 'Create', exact: true }).click();

    // it waits until it is started; then one sees who does what, and what they say
    await page.waitForURL(/\/ui\/projects\/(?!new$)[^/]+$/);
    const id = /projects\/([^/]+)$/.exec(page.url())![1]!;
    await page.getByRole('button', { name: /^lead boss idle/ }).waitFor();
    await page.getByRole('button', { name: 'Start' }).click();
    const said = page.getByRole('region', { name: 'Messages' });
    await said.getByText('Which century do I begin with?').waitFor();
    await page.getByRole('button', { name: /^lead boss working/ }).waitFor();
    const finder = page.getByRole('button', {
      name: /^finder researcher working.*asks: Which century.*1 under way/,
    });
    await finder.waitFor();
    await page.getByRole('button', { name: /^writer communicator done.*1 completed/ }).waitFor();
    await expectAccessible(page);
    await picture(page, 'project');

    await page.evaluate('window.stillTheSamePage = true');
    await service.stopApi();
    await page.getByText('The service does not answer').waitFor();
    await service.startApi();
    await page.getByText('The service does not answer').waitFor({ state: 'detached' });

    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('paused', { exact: true }).waitFor();
    await page.getByRole('button', { name: /^finder / }).click();
    await page.getByRole('heading', { name: 'Messages of finder' }).waitFor();
    await said.getByText('Origins, trade, today.').waitFor({ state: 'detached' });
    await page.getByRole('textbox', { name: 'Message' }).fill('Begin with the eighth');
    await page.getByRole('button', { name: 'Send' }).click();
    await said.getByText('operator to finder').waitFor();
    await page.getByRole('button', { name: /^finder researcher .*asks/ }).waitFor({ state: 'detached' });
    await said.getByText('Begin with the eighth').waitFor();
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByRole('region', { name: 'Result' }).getByText('A page of it.').waitFor();
    await page.getByRole('button', { name: /^finder researcher done/ }).waitFor();
    await page.getByRole('button', { name: 'Show all' }).click();
    await said.getByText('Lu Yu wrote of it.').waitFor();
    expect(await page.getByRole('textbox', { name: 'Message' }).count()).toBe(0);
    expect(await page.evaluate('window.stillTheSamePage')).toBe(true);
    await expectNarrow();

    // it is a job as well, and each leads to the other
    await page.getByRole('link', { name: 'Tasks, transcripts and events' }).click();
    await page.getByRole('link', { name: 'Project', exact: true }).click();
    await page.getByText(GOAL).waitFor();
    await world.see(
      '/projects',
      'the list to tell',
      ({ projects: [one] }: Body) => one.status === 'completed',
    );
    await page.getByRole('link', { name: 'Projects' }).click();
    await page
      .getByRole('row', { name: /A page on tea.*completed.*lead.*3: finder, writer, checker.*of \$5/ })
      .waitFor();
    expect(await page.getByRole('link', { name: 'A page on tea' }).getAttribute('href')).toBe(
      `/ui/projects/${id}`,
    );
    await expectAccessible(page);
    await expectNarrow();
  }, 180_000);

  test('one without workers has those of the roster, is started at once, and stopped', async () => {
    const { page } = browser;
    world.fake.expect(fault('Think for ever', { type: 'hang' }, { times: 20, ...OF_BOSS }));
    await page.goto(`${world.service.url}/ui/projects/new`);
    await page.getByLabel('Title').fill('Thinking');
    await page.getByLabel('Goal').fill('Think for ever');
    await page.getByRole('button', { name: 'Drop worker-1' }).click();
    await page.getByText('the project has those of the roster').waitFor();
    await page.getByRole('button', { name: 'Create and start' }).click();
    await page.getByRole('button', { name: /^boss boss working/ }).waitFor();
    await page.getByRole('button', { name: /^coder coder idle no task yet/ }).waitFor();
    await page.getByRole('button', { name: 'More for this project' }).click();
    await page.getByRole('menuitem', { name: 'Stop the project' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Stop the project' }).click();
    await page.getByText('failed', { exact: true }).waitFor();
  }, 120_000);

  test('one whose boss is blocked says why, and is tried again by the button that stands there', async () => {
    const { page } = browser;
    const agents = [{ agent_id: 'lead', role: 'boss', model: 'openai/gpt-5-mini' }, { agent_id: 'ann' }];
    const spec = { title: 'Locked out', goal: 'Wait for the key', agents };
    const { id } = (await world.ask('POST', '/projects', spec)).body;
    await world.ask('POST', `/projects/${id}/start`);
    await page.goto(`${world.service.url}/ui/projects/${id}`);
    await page.getByText('Needs review: nothing can continue until you decide').waitFor();
    await page.getByRole('button', { name: /^lead boss (error|blocked)/ }).waitFor();
    await expectAccessible(page);
    await page
      .getByText(/OPENAI_API_KEY/)
      .first()
      .waitFor();
    await page.getByRole('button', { name: 'Retry boss' }).click();
    await page.getByText('boss is being retried').waitFor();
    // there is still no key: it is tried, and says so again
    await until(
      async () => {
        const { body } = await world.ask('GET', `/orchestrate/${id}/events?limit=500`, undefined, {
          accept: 'application/json',
        });
        return body.events.filter(({ type }: Body) => type === 'task.blocked').length === 2;
      },
      { timeoutMs: 60_000, what: 'the boss to be blocked again' },
    );
    await page.getByRole('button', { name: 'Retry boss' }).waitFor();
  }, 120_000);
});

test('what is written down becomes a request, and a mistake is shown at the agent that it is of', () => {
  const draft = { ...newDraft(), title: 'Tea', goal: 'Write of tea' };
  expect(toRequest(draft)).toEqual({
    title: 'Tea',
    goal: 'Write of tea',
    agents: [{ agent_id: 'worker-1', role: 'worker', specialty: 'general' }],
  });
  expect(mistakesIn(toRequest(draft))).toEqual([]);
  expect([pathOf(draft, 'boss'), pathOf(draft, 0)]).toEqual(['boss_agent', 'agents.0']);

  const led = withWorker({
    ...draft,
    goal: ' ',
    boss: { ...draft.boss, model: 'openai/gpt-5-mini' },
    budget_usd: null,
    workers: draft.workers.map((worker) => ({ ...worker, agent_id: 'Ann B', tools: ['read_file'] })),
  });
  const request = toRequest(led);
  expect(request).toMatchObject({
    budget_usd: null,
    agents: [
      { agent_id: 'boss', role: 'boss', model: 'openai/gpt-5-mini' },
      { agent_id: 'Ann B', tools: ['read_file'] },
      { agent_id: 'worker-2' },
    ],
  });
  expect(mistakesIn(request).map(({ path }) => path)).toEqual(['goal', `${pathOf(led, 0)}.agent_id`]);
});

test('who waits to be told something is seen by what was said', () => {
  const said = (from_agent: string, to_agent: string | null, status?: string): JobMessage => ({
    ...{ id: 'm-1', from_agent, to_agent, content: `${from_agent} says`, created_at: '2026-01-01T00:00:00Z' },
    kind: status === undefined ? 'message' : 'progress',
    metadata: { from_task_id: null, to_task_ids: [], content_ref: null, ...(status ? { status } : {}) },
  });
  const askers = (...messages: JobMessage[]) => [...askingIn(messages).keys()];
  const [ann, bob] = [said('ann', 'lead', 'blocked'), said('bob', 'lead', 'blocked')];
  expect(askers(ann, bob)).toEqual(['ann', 'bob']);
  expect(askers(ann, bob, said('lead', 'ann'))).toEqual(['bob']);
  expect(askers(ann, said('ann', 'lead', 'working'))).toEqual([]);
  expect(askers(ann, bob, said('operator', null))).toEqual([]);
});
