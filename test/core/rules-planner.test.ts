import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AgentKind, RosterSnapshot } from '../../contracts/agent.ts';
import { PlanInput } from '../../contracts/plan.ts';
import type { JobSpec } from '../../contracts/spec.ts';
import { planByRules } from '../../core/plan/rules-planner.ts';
import { validatePlan, validateProposal } from '../../core/plan/validate.ts';

const agent = (name: string, kind: AgentKind, capabilities: string[] = []) => ({
  name,
  kind,
  description: name,
  capabilities,
  provider: null,
  model: null,
});

const ROSTER = [
  agent('command', 'command'),
  agent('human', 'human'),
  agent('general', 'llm', ['writing']),
  agent('auditor', 'http', ['security-review', 'audit']),
];

const snapshotOf = (fields: Partial<RosterSnapshot> = {}): RosterSnapshot => ({
  agents: ROSTER,
  commands: 'on',
  command_allowlist: [],
  planner_commands: true,
  limits: { max_tasks: 500, max_workers: 50 },
  planner_model: null,
  ...fields,
});

const specOf = (description: string, fields: Partial<JobSpec> = {}): JobSpec => ({
  title: 'The job',
  description,
  constraints: [],
  acceptance_criteria: [],
  max_workers: 5,
  budget_usd: null,
  provider: null,
  model: null,
  plan: null,
  approval: 'required',
  max_repair_rounds: 1,
  on_task_failure: 'review',
  priority: 'medium',
  ...fields,
});

function plan(
  description: string,
  {
    spec = {},
    snapshot = {},
    feedback = null,
  }: { spec?: Partial<JobSpec>; snapshot?: Partial<RosterSnapshot>; feedback?: string | null } = {},
) {
  return planByRules({ spec: specOf(description, spec), snapshot: snapshotOf(snapshot), feedback });
}

/** Every task with what it waits for, as `task <- a,b`. */
const graph = (description: string, options?: Parameters<typeof plan>[1]) =>
  plan(description, options).tasks.map(({ task_id, depends_on }) => `${task_id} <- ${depends_on.join(',')}`);

describe('order', () => {
  test('numbered steps run one after the other', () => {
    expect(graph('1. Build\n2. Test\n3) Ship')).toEqual(['build <- ', 'test <- build', 'ship <- test']);
  });

  test('bullets run side by side unless they say then or finally', () => {
    expect(graph('- lint\n- test\n- then deploy\n- finally announce it')).toEqual([
      'lint <- ',
      'test <- ',
      'deploy <- lint,test',
      'announce-it <- deploy',
    ]);
  });

  test.each([
    '2. Check:\n- lint\n- test',
    '2. Check:\n   - lint\n   - test',
    '2. Check:\n\n   * lint\n\n   * test',
  ])('bullets under a numbered step run in parallel: %j', (middle) => {
    expect(graph(`1. Install\n${middle}\n3. Report`)).toEqual([
      'install <- ',
      'lint <- install',
      'test <- install',
      'report <- lint,test',
    ]);
  });

  test('sentences run one after the other, also inside one by "then"', () => {
    expect(graph('Lint the code. Test it, then deploy and finally celebrate.')).toEqual([
      'lint-the-code <- ',
      'test-it <- lint-the-code',
      'deploy <- test-it',
      'celebrate <- deploy',
    ]);
  });

  test.each([
    'Research A and at the same time research B; then compare.',
    'Research A. In parallel, research B. Then compare.',
    'In parallel:\n1. research A\n2. research B\n\nThen compare.',
    '- research A\n- research B\n\nAfter that, compare.',
  ])('explicit parallelism: %j', (text) => {
    expect(graph(text)).toEqual(['research-a <- ', 'research-b <- ', 'compare <- research-a,research-b']);
  });

  test('bullets that are said to be in order are', () => {
    expect(graph('Do this in the following order:\n- one\n- two')).toEqual(['one <- ', 'two <- one']);
  });

  test('steps may name what they come after', () => {
    expect(graph('1. build\n2. test\n3. docs (after step 1)\n4. release')).toEqual([
      'build <- ',
      'test <- build',
      'docs-after-step-1 <- build',
      'release <- test,docs-after-step-1',
    ]);
    expect(graph('- write tests\n- draw logo\n- deploy after the tests pass').at(-1)).toBe(
      'deploy-after-the-tests-pass <- write-tests',
    );
  });

  test('phases hold what stands below them', () => {
    expect(graph('## Phase 1\n- a1\n- a2\n\n## Phase 2: Finish\n- b1')).toEqual([
      'a1 <- ',
      'a2 <- ',
      'b1 <- a1,a2',
    ]);
  });

  test('a condition is no order', () => {
    expect(graph('If the tests fail then fix them.')).toHaveLength(1);
  });
});

describe('content', () => {
  test('criteria and constraints are read from the text and joined with those of the spec', () => {
    const made = plan(
      'Build the parser. Write the docs. Done when all tests pass.\n\nAcceptance criteria:\n- The docs explain the parser\n\nConstraints: no new dependencies\n\n- also tidy up',
      {
        spec: {
          acceptance_criteria: ['It is fast', { text: 'Lint passes', command: 'npm run lint' }],
          constraints: ['Node 24'],
        },
      },
    );
    expect(made.acceptance_criteria).toEqual([
      { criterion_id: 'c1', text: 'It is fast' },
      { criterion_id: 'c2', text: 'Lint passes', command: 'npm run lint' },
      { criterion_id: 'c3', text: 'all tests pass' },
      { criterion_id: 'c4', text: 'The docs explain the parser' },
    ]);
    expect(made.constraints).toEqual(['Node 24', 'no new dependencies']);
  });

  test('each criterion is covered by the task that fits it, else by the last ones', () => {
    const made = plan('- Write the user manual\n- Measure the speed', {
      spec: { acceptance_criteria: ['The user manual is complete', 'Everybody is happy'] },
    });
    expect(made.tasks.map((task) => task.acceptance_criteria)).toEqual([['c1', 'c2'], ['c2']]);
  });

  test('given ids of criteria are kept and never given twice', () => {
    const made = plan('x', {
      spec: { acceptance_criteria: ['first', { criterion_id: 'c1', text: 'second' }] },
    });
    expect(made.acceptance_criteria.map((criterion) => criterion.criterion_id)).toEqual(['c2', 'c1']);
  });

  test('prohibitions are constraints, remarks belong to the step before', () => {
    const made = plan("Find the slow queries. The report should name the tables. Don't touch production.");
    expect(made.tasks).toHaveLength(1);
    expect(made.tasks[0]?.description).toContain('The report should name the tables.');
    expect(made.constraints).toEqual(["Don't touch production."]);
  });

  test('a text without steps is one task', () => {
    const [only, ...others] = plan('???').tasks;
    expect(others).toEqual([]);
    expect(only?.title).toBe('The job');
  });

  test('ticked entries are left out and named', () => {
    const made = plan('- [x] plan it\n- [ ] do it');
    expect(made.tasks.map((task) => task.task_id)).toEqual(['do-it']);
    expect(made.warnings.join()).toContain('plan it');
  });

  test('more steps than allowed are cut with a warning', () => {
    const made = plan('1. a1\n2. b1\n3. c1', { snapshot: { limits: { max_tasks: 2, max_workers: 5 } } });
    expect(made.tasks).toHaveLength(2);
    expect(made.warnings.join()).toContain('3 steps');
  });

  test('feedback adds and removes steps, the rest becomes a constraint', () => {
    const options = { feedback: 'Remove the docs step. Add a step to measure the speed. Make it pretty.' };
    expect(graph('1. build it\n2. write docs\n3. ship it', options)).toEqual([
      'build-it <- ',
      'ship-it <- build-it',
      'measure-the-speed <- ship-it',
    ]);
    expect(plan('1. build it\n2. write docs', options).constraints).toEqual(['Make it pretty.']);
  });
});

describe('agents', () => {
  const agents = (description: string, options?: Parameters<typeof plan>[1]) =>
    plan(description, options).tasks.map((task) => task.agent);

  test('by capability words, by name, else general', () => {
    expect(
      agents('- do a security review\n- auditing the accounts\n- write a poem\n- @human sign it'),
    ).toEqual(['auditor', 'auditor', 'general', 'human']);
  });

  test('nobody where general is missing, with a warning', () => {
    const made = plan('- write a poem', {
      snapshot: { agents: ROSTER.filter(({ name }) => name !== 'general') },
    });
    expect(made.tasks[0]?.agent).toBeNull();
    expect(made.warnings.join()).toContain('Write a poem');
  });

  test('commands in backticks where plans by rules may run them', () => {
    const made = plan('1. `npm ci`\n2. Run `npm test; exit 1` and look\n3. Explain what `npm ci` does');
    expect(made.tasks.map(({ agent: name, command }) => [name, command])).toEqual([
      ['command', 'npm ci'],
      ['command', 'npm test; exit 1'],
      ['general', null],
    ]);
  });

  test.each([
    ['planner_commands: deny', { snapshot: { planner_commands: false } }],
    ['commands: off', { snapshot: { commands: 'off' as const } }],
    ['approval: auto', { spec: { approval: 'auto' as const } }],
    ['not on the allowlist', { snapshot: { commands: 'allowlist' as const, command_allowlist: ['git'] } }],
  ])('no command with %s; the plan says so', (_, options) => {
    const made = plan('Run `npm test`', options);
    expect(made.tasks[0]).toMatchObject({ agent: 'general', command: null });
    expect(made.warnings.join()).toContain('Run npm test');
  });
});

describe('any text', () => {
  const word = fc.constantFrom(
    'test',
    'then',
    'finally',
    'in parallel',
    'after step 1',
    'after that',
    '`npm ci`',
    'Done when',
    'Acceptance criteria:',
    'and',
    '.',
    ';',
    '\n',
    '\n\n',
    '- ',
    '1. ',
    '2. ',
    '  - ',
    '## Phase 2',
    '```',
    '- [x] ',
    '@human',
    'Constraints:',
    'é',
    '𝒳',
    '\ud800',
    '\0',
    'needs approval',
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.array(word, { maxLength: 60 }).map((words) => words.join(' ')),
    fc.array(word, { maxLength: 60 }).map((words) => words.join('')),
  );
  const given = fc.array(
    fc.oneof(
      text.filter((value) => value.trim() !== ''),
      fc.record({ text: fc.constant('Same'), criterion_id: fc.constantFrom('c1', 'x') }),
    ),
    { maxLength: 4 },
  );

  test('gives a valid plan that is never empty', () => {
    fc.assert(
      fc.property(
        text,
        fc.option(text),
        given,
        fc.constantFrom(...(['auto', 'required'] as const)),
        fc.integer({ min: 1, max: 20 }),
        (description, feedback, acceptance_criteria, approval, max_tasks) => {
          const spec = specOf(description, { acceptance_criteria, approval });
          const snapshot = snapshotOf({ limits: { max_tasks, max_workers: 5 } });
          const made = planByRules({ spec, snapshot, feedback });
          expect(made.tasks.length).toBeGreaterThan(0);
          expect(validatePlan(made, snapshot)).toEqual([]);
          expect(validateProposal(made, snapshot, { approval })).toEqual([]);
          const { tasks, objectives, constraints, acceptance_criteria: criteria } = made;
          const parsed = PlanInput.safeParse({
            tasks,
            objectives,
            constraints,
            acceptance_criteria: criteria,
          });
          expect(parsed.error).toBeUndefined();
        },
      ),
      { numRuns: 2000 },
    );
  });

  test.each(['- a\n', 'then ', ', ', '1. go then ', '`', '   ', 'a. B', '#'])(
    'the longest text is read, by no rule in quadratic time: %j',
    (piece) => {
      expect(plan(piece.repeat(100_000 / piece.length)).tasks.length).toBeGreaterThan(0);
    },
    30_000,
  );
});
