import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { snapshotOf } from '../../config/roster/snapshot.ts';
import { Config, type RosterAgent } from '../../contracts/config.ts';
import { JobAgent, type OwnAgent, Specialty } from '../../contracts/job-agent.ts';
import {
  baseOf,
  checkJobAgents,
  jobRoster,
  parseModel,
  withJobAgents,
} from '../../core/agents/job-agents.ts';
import { isCovered, matchesTool } from '../../core/agents/tool-patterns.ts';
import { checkSubmission } from '../../core/submission/submission.ts';
import { agentNamed } from '../agents/setup.ts';

const llm = (name: string, tools: string[], specialty?: string): RosterAgent =>
  agentNamed(name, { tools, system_prompt: `You are ${name}.`, ...(specialty ? { specialty } : {}) });
const installed: RosterAgent[] = [
  ...Specialty.options.map((name) =>
    llm(name, name === 'coder' ? ['bash', 'read_file', 'jira__*'] : ['read_file'], name),
  ),
  llm('boss', ['read_file']),
  { name: 'human', kind: 'human', description: 'A person', capabilities: [] },
];
const snapshot = snapshotOf(Config.parse({}), installed, null);
const agent = (fields: Partial<OwnAgent>): OwnAgent => ({
  ...JobAgent.parse({ agent_id: 'ann', role: 'worker' }),
  ...fields,
});
const problems = (...agents: OwnAgent[]): string[] => {
  const checked = checkJobAgents(agents, { snapshot });
  return checked.ok ? [] : checked.issues.map(({ path, issue }) => `${path}: ${issue}`);
};

describe('an agent of a job', () => {
  test.each(Specialty.options)(
    'of the specialty %s has prompt, tools and limits of that agent of the roster',
    (specialty) => {
      const own = agent({ specialty });
      expect(problems(own)).toEqual([]);
      const [made] = jobRoster(installed, [own]).filter(({ name }) => name === 'ann');
      const base = installed.find(({ name }) => name === specialty)!;
      expect(made).toEqual({ ...base, name: 'ann', llm: { ...base.llm, specialty } });
    },
  );

  test('says what is different: model with its provider, prompt, capabilities, tools', () => {
    const own = agent({
      specialty: 'coder',
      model: 'openai/gpt-5-mini',
      system_prompt: 'You write Rust.',
      capabilities: ['rust'],
      tools: ['bash'],
    });
    expect(problems(own)).toEqual([]);
    const made = jobRoster(installed, [own]).find(({ name }) => name === 'ann');
    expect(made).toMatchObject({
      capabilities: ['rust'],
      llm: { provider: 'openai', model: 'gpt-5-mini', system_prompt: 'You write Rust.', tools: ['bash'] },
    });
    expect(withJobAgents(snapshot, [own]).agents.find(({ name }) => name === 'ann')).toMatchObject({
      kind: 'llm',
      provider: 'openai',
      model: 'gpt-5-mini',
      capabilities: ['rust'],
      tools: ['bash'],
      specialty: 'coder',
      owned: true,
    });
  });

  test('with the name of one of the roster is that one, and takes its place where it says anything itself', () => {
    const plain = agent({ agent_id: 'coder', specialty: 'general' });
    expect(baseOf(plain, installed)).toBe('coder');
    expect(withJobAgents(snapshot, [plain])).toEqual(snapshot);
    expect(jobRoster(installed, [plain])).toEqual(installed);
    const changed = { ...plain, system_prompt: 'You write Rust.' };
    const roster = jobRoster(installed, [changed]);
    expect(roster.map(({ name }) => name)).toEqual(installed.map(({ name }) => name));
    expect(roster.find(({ name }) => name === 'coder')!.llm).toMatchObject({
      system_prompt: 'You write Rust.',
      specialty: 'coder',
      tools: ['bash', 'read_file', 'jira__*'],
    });
  });

  test('who leads is made after the boss of the roster', () => {
    expect(baseOf(agent({ role: 'boss', specialty: 'coder' }), installed)).toBe('boss');
  });

  test.each([
    ['a tool that its base has not', agent({ tools: ['bash'] }), /^0\.tools\.0: 'bash' is none of the tools/],
    ['a wider pattern', agent({ specialty: 'coder', tools: ['*'] }), /^0\.tools\.0: '\*' is none/],
    ['a name that is an address', agent({ agent_id: 'all' }), /^0\.agent_id: /],
    ['the name of who leads', agent({ agent_id: 'boss' }), /^0\.agent_id: 'boss' leads/],
    [
      'a model for a person',
      agent({ agent_id: 'human', model: 'm' }),
      /^0\.model: 'human' is of the kind human/,
    ],
  ])('%s is refused, by field', (_what, own, wanted) => {
    expect(problems(own)).toEqual([expect.stringMatching(wanted)]);
  });

  test('two of one name, and more than a job may have, are refused', () => {
    expect(problems(agent({}), agent({}))).toEqual(["1.agent_id: duplicate id 'ann'"]);
    const made = checkJobAgents([agent({})], {
      snapshot,
      existing: [agent({ agent_id: 'bob' })],
      max_agents: 1,
    });
    expect(made).toMatchObject({ ok: false, issues: [{ issue: 'at most 1 agents are allowed in a job' }] });
  });

  test('may have tools that a pattern of its base allows', () => {
    expect(problems(agent({ specialty: 'coder', tools: ['jira__search', 'jira__get_*'] }))).toEqual([]);
  });
});

describe('an agent that another one makes', () => {
  const creator = { agent_id: 'boss', tools: ['read_file', 'jira__read_*', 'http_request'] };
  const make = (own: OwnAgent) => checkJobAgents([own], { snapshot }, creator);

  test('has the tools that both its base and its maker have', () => {
    const made = make(agent({ specialty: 'coder' }));
    expect(made).toEqual({
      ok: true,
      agents: [expect.objectContaining({ created: true, tools: ['read_file', 'jira__read_*'] })],
    });
  });

  test('gets none that its maker has not', () => {
    const made = make(agent({ specialty: 'coder', tools: ['bash'] }));
    expect(made).toMatchObject({
      ok: false,
      issues: [{ path: '0.tools.0', issue: "'boss' has no 'bash' to hand on" }],
    });
  });
});

describe('a submission', () => {
  const check = (body: object) => {
    const checked = checkSubmission({ title: 'T', description: 'D', ...body }, snapshot);
    return checked.ok ? checked.spec : checked.problem.fields!.map(({ path }) => path);
  };

  test('may have plans name agents of the job', () => {
    const agents = [{ agent_id: 'ann', role: 'worker', specialty: 'coder' }];
    const plan = { tasks: [{ task_id: 'a', title: 'A', agent: 'ann' }] };
    expect(check({ agents, plan })).toMatchObject({ agents: [{ agent_id: 'ann' }] });
    expect(check({ plan })).toEqual(['plan.tasks.0.agent']);
  });

  test('tells everything that is wrong with agents by field', () => {
    const agents = [
      { agent_id: 'Ann', role: 'chief', specialty: 'poet', tools: ['no tool'], system_prompt: '', colour: 1 },
    ];
    expect(check({ agents })).toEqual(
      expect.arrayContaining(
        ['agent_id', 'role', 'specialty', 'tools.0', 'system_prompt', 'colour'].map((f) => `agents.0.${f}`),
      ),
    );
    expect(check({ agents: [{ agent_id: 'ann', role: 'boss' }], boss_agent: 'ann' })).toEqual([
      'agents.0.role',
      'boss_agent',
    ]);
    expect(check({ agents: [{ agent_id: 'ann', role: 'worker', tools: ['bash'] }] })).toEqual([
      'agents.0.tools.0',
    ]);
  });
});

describe('names of models', () => {
  test.each([
    ['gpt-5', null, 'gpt-5'],
    ['openai/gpt-5', 'openai', 'gpt-5'],
    ['ollama/library/qwen:7b', 'ollama', 'library/qwen:7b'],
    ['library/qwen:7b', null, 'library/qwen:7b'],
    ['openai', null, 'openai'],
  ])('%s', (name, provider, model) => {
    expect(parseModel(name)).toEqual({ provider, model });
  });
});

describe('patterns of tools', () => {
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*', '_'), minLength: 1, maxLength: 6 });
  const name = fc.string({ unit: fc.constantFrom('a', 'b', '_'), minLength: 1, maxLength: 8 });

  test('what is covered allows nothing more', () => {
    fc.assert(
      fc.property(pattern, fc.array(pattern, { maxLength: 3 }), name, (narrow, wide, tool) => {
        fc.pre(isCovered(narrow, wide) && matchesTool(tool, narrow));
        expect(wide.some((one) => matchesTool(tool, one))).toBe(true);
      }),
    );
  });

  test('a list covers what it holds, and a star everything', () => {
    fc.assert(
      fc.property(pattern, fc.array(pattern), (one, others) => {
        expect(isCovered(one, [...others, one])).toBe(true);
        expect(isCovered(one, ['*'])).toBe(true);
      }),
    );
  });
});
