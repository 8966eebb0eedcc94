import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CallSubject, ModelAnswer } from '../../contracts/model-call.ts';
import type { Reply } from '../fakes/anthropic-script.ts';
import { type Harness, JOB, result, spec, startHarness, tasksSubject } from './harness.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(async () => {
  await harness.close();
});

async function ask(
  subject: CallSubject,
  reply: Partial<Extract<Reply, { type: 'message' }>>,
): Promise<ModelAnswer> {
  harness.fake.expect({ reply: { type: 'message', ...reply } });
  const answered = await harness.call(await harness.prepare(subject));
  harness.fake.assertDone();
  if (answered.status !== 'answered') throw new Error(JSON.stringify(answered));
  return answered.answer;
}

const TASK = {
  task_id: 'write',
  title: 'Write',
  description: 'Write it.',
  agent: 'general',
  capabilities: [],
  depends_on: [],
  estimated_seconds: 30,
  timeout_seconds: 300,
  approval: 'none',
  risk: 'low',
  acceptance_criteria: ['c1'],
  files: [],
};

test('a plan is asked for by schema and read with defaults for what is left out', async () => {
  const answer = await ask(tasksSubject(), {
    json: {
      rationale: 'small',
      tasks: [
        { ...TASK, command: null, colour: 'red' },
        { task_id: 'b', title: 'B' },
      ],
    },
  });
  expect(harness.fake.calls[0]!.body.output_config?.format.schema).toMatchObject({ type: 'object' });
  if (answer.purpose !== 'tasks') throw new Error('not a plan');
  expect(answer.rationale).toBe('small');
  expect(answer.tasks.map((task) => [task.task_id, task.timeout_seconds, task.max_attempts])).toEqual([
    ['write', 300, 3],
    ['b', 600, 3],
  ]);
  expect(answer.tasks[0]).not.toHaveProperty('colour');
});

test('a plan that is no JSON, or has wrong fields, comes back with every problem', async () => {
  expect(await ask(tasksSubject(), { text: 'Here is the plan: ...' })).toMatchObject({
    purpose: 'invalid',
    problems: [expect.stringContaining('not JSON')],
  });
  const wrong = await ask(tasksSubject(), {
    json: {
      rationale: '',
      tasks: [
        { ...TASK, task_id: 'No Spaces' },
        { ...TASK, title: ' ', max_attempts: 0 },
      ],
    },
  });
  if (wrong.purpose !== 'invalid') throw new Error('not invalid');
  expect(wrong.problems.map((problem) => problem.split(':')[0]).sort()).toEqual([
    'tasks.0.task_id',
    'tasks.1.max_attempts',
    'tasks.1.title',
  ]);
  expect((await harness.store.getContent(wrong.answer_ref)).toString()).toContain('No Spaces');
});

test('objectives keep every constraint and criterion of the request and add to them', async () => {
  const given = { criterion_id: 'c2', text: 'tests pass', command: 'npm test' };
  const subject: CallSubject = {
    purpose: 'objectives',
    repair: null,
    spec: spec({ acceptance_criteria: ['names the temperature', given] }),
    feedback: 'shorter',
  };
  const answer = await ask(subject, {
    json: {
      objectives: ['report the weather'],
      constraints: ['One page', 'in English'],
      acceptance_criteria: ['Names the temperature', 'has a date'],
    },
  });
  expect(answer).toEqual({
    purpose: 'objectives',
    objectives: ['report the weather'],
    constraints: ['one page', 'in English'],
    acceptance_criteria: [
      { criterion_id: 'c1', text: 'names the temperature' },
      given,
      { criterion_id: 'c3', text: 'has a date' },
    ],
  });
});

test('a verdict stands only on a quote from results or artifacts; what was not judged is unverified', async () => {
  const criteria = ['c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'c7', 'c8'].map((criterion_id) => ({
    criterion_id,
    text: `about ${criterion_id}`,
  }));
  const file = { job_id: JOB, task_id: 'write', name: 'wind.md', media_type: 'text/markdown' };
  const artifact = await harness.store.artifactOf({ ...file, source: 'A gentle breeze from the west.' });
  const written = await result(harness, 'write', 'It is\n 21 degrees today.');
  const subject: CallSubject = {
    purpose: 'verification',
    brief_ref: harness.brief_ref,
    criteria,
    results: [{ ...written, artifacts: [artifact] }],
    synthesis_ref: null,
    repair: null,
  };
  const verdict = (criterion_id: string, word: string, quote: string) => ({
    criterion_id,
    verdict: word,
    quote,
    reason: 'So it says.',
  });
  const answer = await ask(subject, {
    json: {
      verdicts: [
        verdict('c1', 'met', 'It is 21 degrees'),
        verdict('c2', 'met', 'about c2'),
        verdict('c3', 'unmet', ''),
        verdict('c5', 'met', 'breeze from the west'),
        verdict('c6', 'unmet', 'It never rains'),
        verdict('c7', 'met', '### Task `write` (completed)'),
        verdict('c8', 'met', ''),
        verdict('other', 'met', 'It is'),
      ],
    },
  });
  expect(answer).toEqual({
    purpose: 'verification',
    verdicts: [
      { criterion_id: 'c1', verdict: 'met', evidence: '"It is 21 degrees" So it says.' },
      { criterion_id: 'c2', verdict: 'unverified', evidence: expect.stringContaining('not in the results') },
      { criterion_id: 'c3', verdict: 'unmet', evidence: 'So it says.' },
      { criterion_id: 'c4', verdict: 'unverified', evidence: 'The model gave no verdict.' },
      { criterion_id: 'c5', verdict: 'met', evidence: '"breeze from the west" So it says.' },
      { criterion_id: 'c6', verdict: 'unverified', evidence: expect.stringContaining('not in the results') },
      // our own lines between the pieces are no evidence
      { criterion_id: 'c7', verdict: 'unverified', evidence: expect.stringContaining('not in the results') },
      { criterion_id: 'c8', verdict: 'unverified', evidence: expect.stringContaining('quotes nothing') },
    ],
  });
});

test('a quote says something by itself, and the report proves only what it says of itself', async () => {
  const quotes: [quote: string, text: string, verdict: string][] = [
    ['e', 'names the weather', 'too short'],
    ['is sunny', 'names the weather', 'too short'],
    ['t is sunn', 'names the weather', 'too short'],
    ['It is sunny', 'names the weather', 'met'],
    ['it is sunny in Rome', 'names the weather', 'not in the results'],
    ['21', 'gives degrees', 'met'],
    ['2', 'gives degrees', 'too short'],
    ['"degrees": 21', 'gives degrees', 'met'],
    ['west wind', 'names the wind', 'met'],
    ['west', 'names the wind', 'too short'],
    ['晴れのち曇り', 'names the weather', 'met'],
    ['Nothing but sun for all', 'promises sun', 'in the report only'],
    ['Nothing but sun for all', 'the report promises sun', 'met'],
    ['u', 'the report promises sun', 'too short'],
  ];
  const criteria = quotes.map(([, text], index) => ({ criterion_id: `c${index}`, text }));
  const written = [
    await result(harness, 'sky', 'It is sunny today.\n- west wind\n今日は晴れのち曇りです。'),
    await result(harness, 'heat', '{"degrees":21}'),
  ];
  const report = await harness.store.putContent({ job_id: JOB, source: 'Nothing but sun for all.' });
  const subject: CallSubject = {
    ...{ purpose: 'verification', brief_ref: harness.brief_ref, criteria, results: written },
    ...{ synthesis_ref: report.sha256, repair: null },
  };
  const verdicts = quotes.map(([quote], index) => ({
    ...{ criterion_id: `c${index}`, verdict: 'met', quote, reason: 'So it says.' },
  }));
  const answer = await ask(subject, { json: { verdicts } });
  if (answer.purpose !== 'verification') throw new Error('no verdicts');
  const found = answer.verdicts.map(({ verdict, evidence }, index) => [
    quotes[index]![0],
    verdict === 'met' ? 'met' : /(too short|not in the results|in the report only)/.exec(evidence)?.[1],
  ]);
  expect(found).toEqual(quotes.map(([quote, , wanted]) => [quote, wanted]));
});

test('a synthesis is a report to download', async () => {
  const subject: CallSubject = {
    purpose: 'synthesis',
    brief_ref: harness.brief_ref,
    objectives: ['report'],
    results: [await result(harness, 'write', 'It is 21 degrees today.')],
  };
  const answer = await ask(subject, { text: '# Weather\n21 degrees.' });
  if (answer.purpose !== 'synthesis') throw new Error('no synthesis');
  expect(answer.output.text).toBe('# Weather\n21 degrees.');
  expect(answer.artifacts).toMatchObject([{ name: 'report.md', media_type: 'text/markdown', task_id: null }]);
  const content = await harness.store.getContent(answer.artifacts[0]!.sha256);
  expect(content.toString()).toBe('# Weather\n21 degrees.');
});
