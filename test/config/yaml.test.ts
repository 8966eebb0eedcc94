import { describe, expect, test } from 'vitest';
import { ANY_ALIASES, readYaml, yamlMistakes } from '../../config/yaml/yaml.ts';

const readAs = (text: string): unknown => {
  const document = readYaml(text);
  expect(yamlMistakes(document)).toEqual([]);
  return document.toJS(ANY_ALIASES);
};
const mistakesOf = (text: string) => yamlMistakes(readYaml(text));

describe('aliases and merge keys', () => {
  test('stand for what they name; fields beside a merge key go before', () => {
    expect(readAs('a: &a { x: 1, y: [2] }\nb: { <<: *a, x: 3 }\nc: *a\nd: { <<: [*a, { z: 4 }] }')).toEqual({
      a: { x: 1, y: [2] },
      b: { x: 3, y: [2] },
      c: { x: 1, y: [2] },
      d: { x: 1, y: [2], z: 4 },
    });
  });

  test('as many tasks as there are may share a part', () => {
    const tasks = Array.from({ length: 300 }, (_, at) => `- { <<: *common, task_id: t${at}, env: *env }`);
    const value = readAs(`- &env { A: b }\n- &common { agent: command }\n${tasks.join('\n')}`);
    expect(value).toHaveLength(302);
    expect((value as unknown[]).at(-1)).toEqual({ agent: 'command', task_id: 't299', env: { A: 'b' } });
  });

  test('in quotes << is a name', () => {
    expect(readAs('"<<": { a: 1 }')).toEqual({ '<<': { a: 1 } });
  });

  test.each([
    ['an alias without an anchor', 'a: *b', 1, 4, /^No anchor &b stands before this alias$/],
    ['an alias before its anchor', 'a: *b\nc: &b 1', 1, 4, /^No anchor &b/],
    ['an alias within what it names', 'a: &a\n  b: *a', 2, 6, /^The alias \*a stands within what it names$/],
    ['a merge key of a text', 'a:\n  <<: b', 2, 7, /^<< takes a map/],
  ])('%s is a mistake at its place', (_, text, line, column, issue) => {
    expect(mistakesOf(text)).toEqual([{ line, column, issue: expect.stringMatching(issue) }]);
  });

  /** Eight levels, each nine times the one before. */
  const bomb = (level: (name: string, before: string) => string, first: string): string =>
    [first, ...'bcdefgh'].map((name, at) => (at === 0 ? first : level(name, 'abcdefgh'[at - 1]!))).join('\n');

  test.each([
    ['of lists', bomb((name, before) => `${name}: &${name} [${Array(9).fill(`*${before}`)}]`, 'a: &a [x]')],
    [
      'of merge keys',
      bomb((name, before) => `${name}: &${name} { <<: [${Array(9).fill(`*${before}`)}] }`, 'a: &a { x: 1 }'),
    ],
    ['of one long text', `a: &a ${'x'.repeat(200_000)}\nb: [${Array(60).fill('*a')}]`],
  ])('a bomb %s is refused before it goes off', (_, text) => {
    expect(mistakesOf(text)).toEqual([
      { line: expect.any(Number), column: expect.any(Number), issue: 'The aliases stand for too much text' },
    ]);
  });
});

test.each([
  ['a: b: c', 1, 4],
  ['a: 1\n  b: 2\n', 1, 4],
  ['a: [1,\nb: 2', 2, 1],
  ['\ta: 1', 1, 1],
  ['a: "x', 1, 6],
  ['a: 1\na: 2', 2, 1],
  ['- a\nb: 1', 2, 1],
])('what is wrong with %j is said, with its place', (text, line, column) => {
  const [mistake] = mistakesOf(text);
  expect(mistake).toMatchObject({ line, column, issue: expect.stringMatching(/\w.*[^:\s]$/) });
});

test('what to do about a colon in a text is said', () => {
  expect(mistakesOf('title: Tea: a history')[0]!.issue).toMatch(/; put a text that holds ": " into quotes$/);
});
