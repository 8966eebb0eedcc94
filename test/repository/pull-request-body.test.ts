import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PullRequestStory, StoryTask } from '../../contracts/repository/story.ts';
import {
  MAX_BODY_CHARS,
  pullRequestBody,
  pullRequestTitle,
} from '../../core/repository/pull-request-body.ts';

const task = (changed: Partial<StoryTask> = {}): StoryTask => ({
  task_id: 'api',
  title: 'Write the API',
  status: 'completed',
  agent: 'coder',
  landed: { files_changed: 1, insertions: 3, deletions: 2 },
  summary: '',
  ...changed,
});

const story = (changed: Partial<PullRequestStory> = {}): PullRequestStory => ({
  job_id: 'job1',
  title: 'An API for notes',
  description: 'With tests.',
  tasks: [task()],
  criteria: [{ text: 'Notes can be saved', verdict: 'met', evidence: 'a test does it' }],
  check: { command: 'npm test', passed: true, how: 'exit code 0', tail: '' },
  cost_usd: 1.234,
  warnings: [],
  ...changed,
});

// by name alone: with their types come those of a browser, which everything else here would see
const load = async (name: string) => await import(name);
const { createElement } = await load('react');
const { renderToStaticMarkup } = await load('react-dom/server');
const { default: Markdown } = await load('react-markdown');
const { default: remarkGfm } = await load('remark-gfm');

const html = (markdown: string): string =>
  renderToStaticMarkup(createElement(Markdown, { remarkPlugins: [remarkGfm] }, markdown));
const elements = (markdown: string): string[] => [
  ...new Set([...html(markdown).matchAll(/<([a-z0-9]+)/g)].map(([, name]) => name!)),
];
/** What our own frame is made of. */
const FRAME = new Set(['h2', 'p', 'strong', 'blockquote', 'br', 'ul', 'li', 'pre', 'code', 'em', 'hr']);

test('it tells what was asked for, done and checked, and what is not done', () => {
  const body = pullRequestBody(
    story({
      tasks: [
        task({ summary: 'It answers.\nAll of it.' }),
        task({
          task_id: 'docs',
          title: 'Write docs',
          status: 'failed',
          agent: null,
          landed: null,
          summary: 'no time',
        }),
        task({ task_id: 'look', title: 'Look', landed: null }),
      ],
      criteria: [
        { text: 'Notes can be saved', verdict: 'met', evidence: 'a test does it' },
        { text: 'It is fast', verdict: 'unverified', evidence: '' },
      ],
      warnings: ['2 files were ignored'],
    }),
  );
  expect(body.replaceAll('\u2060', '')).toBe(`## What was asked for

**An API for notes**

> With tests\\.  

## What was done

- **Write the API** (api, by coder): 1 file, +3 −2

  > It answers\\.  
  > All of it\\.  

- **Look** (look, by coder): no changes

## How it was checked

- The check passed: npm test

- Notes can be saved: met (a test does it)

- It is fast: not verified

## What is not done

- **Write docs** (docs, failed): nothing of it is in this branch

  > no time  

## What to look at

- 2 files were ignored

---
Made by the job \`job1\` · 1.23 USD for models`);
});

test('a check that failed shows how, with the end of what it printed, and what defines it', () => {
  const check = {
    command: 'npm test',
    passed: false,
    how: 'exit code 1',
    tail: '1 of 3 failed\n````',
    definition_changed: ['package.json'],
  };
  const body = pullRequestBody(story({ check }));
  expect(body).toContain('- **The check failed** (exit code 1): npm test');
  expect(body).toContain('was changed (package\\.json); it was run as it was before');
  expect(html(body)).toContain('<code class="language-text">1 of 3 failed\n````\n</code>');
  expect(pullRequestBody(story({ check: { ...check, passed: null } }))).toContain('The check did not run');
  expect(pullRequestBody(story({ check: null, cost_usd: null }))).toMatch(
    /no check command[\s\S]*cost of models not known/,
  );
});

const ATTACKS = [
  'ping @ann and @org/team',
  'Fixes #1, closes GH-2 and resolves o/r#3; implements !4 &5 ~bug %6 $7',
  'Closes https://github.com/o/r/issues/1',
  'Fixed: JIRA-12',
  'see www.evil.test, HTTPS://evil.test and ann@evil.test',
  '/close\n  /merge\n/assign me',
  '# Head\n\n---\n\n***\n\nSetext\n===',
  '</details><script>alert(1)</script><!-- ',
  '![x](https://evil.test/track.png) [click](javascript:alert(1)) <https://evil.test>',
  '- item\n1. one\n1) two\n+ three\n* four\n- [x] done',
  '| a | b |\n|---|---|\n| c | d |',
  '```\ncode\n```\n~~~\ncode\n~~~\n    indented',
  '> quoted\n\n[ref]: https://evil.test\n[^1]: note\n[^1]',
  '**bold** _em_ ~~gone~~ `code` \\* \\@ann $x$ :tada:',
  '\u202eevil\u200b\u0000\u0007\u001b[31m',
  '  \nhard  \nbreaks\\\nhere\r\nand\rthere',
  '\ud800 lone',
];

/** What hosts look for in what is shown, and in the raw text. */
function expectHarmless(text: string): void {
  expect(text).not.toMatch(/@[\p{L}\p{N}_]/u);
  expect(text).not.toMatch(/[#!]\d/);
  expect(text).not.toMatch(
    /\b(close[sd]?|closing|fix(e[sd])?|fixing|resolve[sd]?|resolving|implement(s|ed|ing)?)\b/i,
  );
  expect(text).not.toMatch(/\bGH-\d/i);
  expect(text).not.toMatch(/^\s*\/\p{L}/mu);
  expect(text).not.toMatch(/:\/\/|www\./i);
  // a tab of what was printed stays a tab
  expect(text.replaceAll(/[\n\t]/g, '')).not.toMatch(/[\u202a-\u202e\u200b\p{Cc}]/u);
  expect(text.isWellFormed()).toBe(true);
}

const everywhere = (text: string): PullRequestStory =>
  story({
    title: text,
    description: text,
    tasks: [
      task({ title: text, summary: text, agent: text, task_id: text }),
      task({ title: text, summary: text, status: text, agent: null, landed: null }),
    ],
    criteria: [{ text, verdict: 'unmet', evidence: text }],
    check: { command: text, passed: false, how: text, tail: text, definition_changed: [text] },
    warnings: [text],
  });

test.each(ATTACKS)('%j formats nothing, names nobody, closes nothing and commands nothing', (text) => {
  const body = pullRequestBody(everywhere(text));
  expectHarmless(body);
  expectHarmless(html(body).replace(/<[^>]*>/g, ''));
  for (const element of elements(body)) expect(FRAME.has(element), element).toBe(true);
  expect([...html(body).matchAll(/<h2>(.*?)<\/h2>/g)].map(([, head]) => head)).toEqual([
    'What was asked for',
    'What was done',
    'How it was checked',
    'What is not done',
    'What to look at',
  ]);
});

test('whatever is written, the frame stays, and the length', () => {
  const pieces = fc.array(
    fc.oneof(
      fc.constantFrom(...ATTACKS),
      fc.string({ unit: 'binary' }),
      fc.constantFrom('`', '\n', '  ', '*', '|', '<', '@a', '#1'),
    ),
  );
  fc.assert(
    fc.property(pieces, (parts) => {
      const body = pullRequestBody(everywhere(parts.join('')));
      expectHarmless(body);
      for (const element of elements(body)) expect(FRAME.has(element), element).toBe(true);
      expect(body.length).toBeLessThanOrEqual(MAX_BODY_CHARS);
    }),
    { numRuns: 100 },
  );
});

test.each(['x', '*', '@a ', '#1\n', '`', '\u202e', '🧵'])(
  'a thousand tasks of endless %j stay within what a host takes',
  (text) => {
    const long = text.repeat(20_000);
    const tasks = Array.from({ length: 300 }, (_, index) =>
      task({ title: long, summary: long, status: index % 2 ? 'failed' : 'completed' }),
    );
    const criteria = Array.from({ length: 100 }, () => ({
      text: long,
      verdict: 'unmet' as const,
      evidence: long,
    }));
    const check = { command: long, passed: false, how: long, tail: long };
    const body = pullRequestBody(
      story({ title: long, description: long, tasks, criteria, check, warnings: Array(1000).fill(long) }),
    );
    expect(body.length).toBeLessThanOrEqual(MAX_BODY_CHARS);
    expect(body).toMatch(/_\d+ more: see the job\._/);
    for (const head of ['What was asked for', 'What was done', 'What is not done'])
      expect(body).toContain(`## ${head}\n\n`);
    expect(body).toContain('Made by the job `job1`');
    expect(body.isWellFormed()).toBe(true);
  },
);

test('a title stays one line of text', () => {
  expect(pullRequestTitle('  Write\nthe   API ')).toBe('Write the API');
  expect(pullRequestTitle('')).toBe('Changes of a job');
  for (const text of ATTACKS) expectHarmless(pullRequestTitle(text));
  expect(pullRequestTitle('🧵'.repeat(1000)).length).toBeLessThanOrEqual(512);
});
