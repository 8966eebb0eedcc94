import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_PARAMETER_BYTES } from '../../contracts/parameters.ts';
import { expandSubmission } from '../../core/parameters/expand.ts';
import { checkSubmission } from '../../core/submission/submission.ts';
import { roster } from '../core/samples.ts';

const command = (line: unknown, rest: object = {}) => ({
  task_id: 'a',
  title: 'A',
  agent: 'command',
  command: line,
  ...rest,
});
const job = (rest: object) => ({ title: 'T', description: 'D', ...rest });
const specOf = (body: object) => {
  const checked = checkSubmission(job(body), roster);
  if (!checked.ok) throw new Error(JSON.stringify(checked.problem.fields));
  return checked.spec;
};
const issuesOf = (body: object) => {
  const checked = checkSubmission(job(body), roster);
  return checked.ok ? [] : checked.problem.fields!.map(({ path, issue }) => `${path}: ${issue}`);
};

describe('values', () => {
  const declared = {
    version: { pattern: '\\d+\\.\\d+', description: 'what to release' },
    workers: { type: 'number', default: 3 },
    dry: { type: 'boolean', default: false },
    where: { type: 'enum', options: ['staging', 'production'], default: 'staging' },
    regions: { type: 'list', default: ['eu'] },
  };

  test('stand in every text, and keep their type where no text is wanted', () => {
    const spec = specOf({
      parameters: declared,
      with: { version: '1.2', workers: '4', dry: 'true', regions: '["eu", "us"]' },
      title: 'Release {{ parameters.version }} to {{parameters.where}}',
      description:
        'dry: {{ parameters.dry }}, in {{ parameters.regions }}; {{ other }} and {{parameters}} are text',
      max_workers: '{{ parameters.workers }}',
      acceptance_criteria: ['it is {{ parameters.version }}'],
      context: { where: '{{ parameters.where }}', workers: ['{{ parameters.workers }}'] },
      plan: {
        tasks: [
          command(['release', '{{ parameters.version }}', '--in={{ parameters.regions }}'], {
            timeout_seconds: '{{ parameters.workers }}',
            files: '{{ parameters.regions }}',
            env: { WHERE: '{{ parameters.where }}' },
          }),
        ],
      },
    });
    expect(spec).toMatchObject({
      title: 'Release 1.2 to staging',
      description: 'dry: true, in ["eu","us"]; {{ other }} and {{parameters}} are text',
      max_workers: 4,
      acceptance_criteria: ['it is 1.2'],
      context: { where: 'staging', workers: ['4'] },
    });
    expect(spec.plan!.tasks[0]).toMatchObject({
      command: ['release', '1.2', '--in=["eu","us"]'],
      ...{ timeout_seconds: 4, files: ['eu', 'us'], env: { WHERE: 'staging' } },
    });
  });

  test('of a shell command stand in variables of its task', () => {
    const [task] = specOf({
      parameters: declared,
      with: { version: '1.2' },
      plan: {
        tasks: [command('release {{ parameters.version }} "in {{ parameters.where }}"', { env: { A: 'b' } })],
      },
    }).plan!.tasks;
    expect(task).toMatchObject({
      command: 'release "$ORCHESTRATOR_PARAMETER_version" "in ${ORCHESTRATOR_PARAMETER_where}"',
      env: { A: 'b', ORCHESTRATOR_PARAMETER_version: '1.2', ORCHESTRATOR_PARAMETER_where: 'staging' },
    });
  });

  test.each([
    [{}, 'with.version: is required (what to release)'],
    [{ version: 'x' }, 'with.version: does not match the pattern \\d+\\.\\d+ (what to release)'],
    [{ version: '1.2\n' }, 'with.version: does not match'],
    [{ version: 1.2 }, 'with.version: must be a string: put it in quotes'],
    [{ version: '1.2', workers: 'many' }, 'with.workers: must be a number'],
    [{ version: '1.2', workers: '0x10' }, 'with.workers: must be a number'],
    [{ version: '1.2', dry: 'yes' }, 'with.dry: must be true or false'],
    [{ version: '1.2', where: 'here' }, 'with.where: must be one of staging, production'],
    [{ version: '1.2', regions: 'eu' }, 'with.regions: must be a list'],
    [{ version: '1.2', worker: 4 }, 'with.worker: no parameter has this name; did you mean workers?'],
    [{ version: '1.2', zone: 4 }, 'with.zone: no parameter has this name; declare it under parameters'],
    [{ version: null }, 'with.version: must be'],
    [{ version: '1.2', regions: ['a\0b'] }, 'with.regions: must not hold a NUL character'],
    [{ version: '1.2', regions: ['x'.repeat(MAX_PARAMETER_BYTES)] }, 'at most 100000 are allowed'],
  ])('%j are refused by field', (given, issue) => {
    expect(issuesOf({ parameters: declared, with: given }).join()).toContain(issue);
  });

  test.each([
    [{ 'a-b': {} }, 'parameters.a-b: '],
    [{ a: { type: 'text' } }, 'parameters.a.type: must be one of'],
    [{ a: { type: 'enum' } }, 'parameters.a.options: is required for an enum'],
    [{ a: { options: ['b'] } }, 'parameters.a.options: goes with type: enum'],
    [{ a: { type: 'number', pattern: '1' } }, 'parameters.a.pattern: goes with a string'],
    [{ a: { pattern: '(?=x)' } }, 'parameters.a.pattern: is not a regular expression in RE2 syntax'],
    [{ a: { type: 'number', default: 'b' } }, 'parameters.a.default: must be a number'],
    [{ a: { required: true } }, 'parameters.a.required: unknown field'],
  ])('declared as %j are refused by field', (parameters, issue) => {
    expect(issuesOf({ parameters }).join()).toContain(issue);
  });

  test('a pattern that would keep a backtracking reader busy for ever is linear', () => {
    const parameters = { a: { pattern: '(a+)+b' } };
    expect(issuesOf({ parameters, with: { a: 'a'.repeat(19_000) } }).join()).toContain('does not match');
    const long = { ...parameters, b: { pattern: 'b+' } };
    const given = { a: 'a'.repeat(10_001), b: 'b'.repeat(10_000) };
    expect(issuesOf({ parameters: long, with: given }).join()).toContain('at most 20000 characters in all');
  });
});

describe('references', () => {
  const parameters = { name: { default: 'x' }, lists: { type: 'list', default: ['a'] } };

  test.each([
    [{ title: '{{ parameters.nme }}' }, "title: there is no parameter 'nme'; did you mean name?"],
    [
      { max_workers: '{{ parameters.zzzzzz }}' },
      "max_workers: there is no parameter 'zzzzzz'; declare it under parameters",
    ],
    [{ max_workers: '{{ parameters.name }}' }, 'max_workers: must be a number'],
    [
      { plan: { tasks: [command("echo '{{ parameters.name }}'")] } },
      'plan.tasks.0.command: {{ parameters.name }}: it can not stand in single quotes',
    ],
    [
      { acceptance_criteria: [{ text: 't', command: 'test {{ parameters.name }}' }] },
      'acceptance_criteria.0.command: a shell command can take a parameter in a task only',
    ],
    [
      { check_command: 'npm {{ parameters.name }}' },
      'check_command: a shell command can take a parameter in a task only',
    ],
  ])('in %j are refused by field', (body, issue) => {
    expect(issuesOf({ parameters, ...body }).join()).toContain(issue);
  });

  test('may stand in the arguments of a criterion', () => {
    const spec = specOf({
      parameters,
      acceptance_criteria: [{ text: 't', command: ['test', '{{ parameters.name }}'] }],
    });
    expect(spec.acceptance_criteria).toEqual([{ text: 't', command: ['test', 'x'] }]);
  });

  test('are told together with all else that is wrong, but not what stands in their place', () => {
    expect(
      issuesOf({ parameters: { n: { type: 'number' } }, max_workers: '{{ parameters.n }}', colour: 'red' }),
    ).toEqual(['with.n: is required', 'colour: unknown field']);
  });

  test('a value is never read for references or secrets again', () => {
    const hostile = { name: { default: '{{ parameters.lists }}' }, lists: { default: 'never' } };
    expect(specOf({ parameters: hostile, description: '{{ parameters.name }}' }).description).toBe(
      '{{ parameters.lists }}',
    );
    const task = command(['a'], {
      env: { KEY: '{{ parameters.name }}', OWN: '${secret:OWN}{{ parameters.name }}' },
    });
    for (const value of ['${secret:KEY}', '${secret:OTHER}']) {
      const issues = issuesOf({ parameters, with: { name: value }, plan: { tasks: [task] } });
      expect(issues.join()).toContain('plan.tasks.0.env.KEY: a value must not refer to a secret');
      expect(issues.join()).toContain('plan.tasks.0.env.OWN: a value must not refer to a secret');
    }
    const split = command(['a'], { env: { KEY: '${secret:{{ parameters.name }}' } });
    expect(issuesOf({ parameters, with: { name: 'K}' }, plan: { tasks: [split] } }).join()).toContain(
      'secret',
    );
  });

  test('a value names no result', () => {
    const tasks = [
      command('true'),
      { ...command('echo {{ parameters.name }}'), task_id: 'b', description: '{{ parameters.name }}' },
    ];
    const issues = issuesOf({ parameters, with: { name: '{{ tasks.a.output }}' }, plan: { tasks } });
    expect(issues.map((issue) => issue.split(':')[0])).toEqual([
      'plan.tasks.1.description',
      'plan.tasks.1.env.ORCHESTRATOR_PARAMETER_name',
    ]);
  });

  test('commands that are deep, or have many references, are read in no time to speak of', () => {
    const many = `sh x ${'a '.repeat(20_000)}${'{{ parameters.name }}'.repeat(1500)}`;
    expect(issuesOf({ parameters, plan: { tasks: [command(many)] } })).toEqual([]);
    const deep = `${'$('.repeat(20_000)} {{ parameters.name }}`;
    expect(issuesOf({ parameters, plan: { tasks: [command(deep)] } }).join()).toContain(
      'it can not stand here',
    );
  });

  test('a small submission does not grow without end', () => {
    const long = { long: { default: 'x'.repeat(90_000) } };
    const constraints = Array.from({ length: 200 }, () => '{{ parameters.long }}');
    expect(issuesOf({ parameters: long, constraints }).join()).toContain(
      'is longer than 10000000 characters',
    );
  });

  test('with an allowlist of commands, a shell command takes none', () => {
    const listed = { ...roster, commands: 'allowlist' as const, command_allowlist: ['echo'] };
    const body = job({ parameters, plan: { tasks: [command('echo {{ parameters.name }}')] } });
    const checked = checkSubmission(body, listed);
    expect(checked.ok ? [] : checked.problem.fields!.map(({ path }) => path)).toContain(
      'plan.tasks.0.command',
    );
  });
});

describe('defaults', () => {
  test('are fields that a task leaves out; variables one by one', () => {
    const { plan } = specOf({
      parameters: { seconds: { type: 'number', default: 5 }, x: { default: 'y' } },
      defaults: { timeout_seconds: '{{ parameters.seconds }}', max_attempts: 1, env: { A: '1', B: '2' } },
      plan: { tasks: [command('echo {{ parameters.x }}', { max_attempts: 2, env: { B: '3' } })] },
    });
    expect(plan!.tasks[0]).toMatchObject({
      ...{ timeout_seconds: 5, max_attempts: 2, env: { A: '1', B: '3', ORCHESTRATOR_PARAMETER_x: 'y' } },
    });
  });

  test('that are wrong are told once, at their place', () => {
    expect(
      issuesOf({ defaults: { timeout: 5, max_attempts: 0 }, plan: { tasks: [command('true')] } }),
    ).toEqual(['defaults.max_attempts: must be at least 1', 'defaults.timeout: unknown field']);
  });
});

test('what is expanded depends on nothing else, and without parameters and defaults nothing changes', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (context, value) => {
      const body = { title: '{{ parameters.a }}', context, parameters: { a: { default: 'b' } }, with: value };
      expect(expandSubmission(body)).toEqual(expandSubmission(structuredClone(body)));
      expect(expandSubmission({ context })).toEqual({ body: { context }, issues: [] });
    }),
  );
});
