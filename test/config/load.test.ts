import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { loadConfig, namedConfigFile } from '../../config/load.ts';
import { snapshotOf } from '../../config/roster/snapshot.ts';
import { Config } from '../../contracts/config.ts';
import { type FieldIssue, ProblemError } from '../../contracts/error.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'orchestrator-config-'));
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

function write(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

const agentFile = (front: string, prompt = 'You help.') => `---\n${front}\n---\n${prompt}\n`;
const SHIPPED = [
  'boss',
  'claude',
  'coder',
  'codex',
  'communicator',
  'designer',
  'gemini',
  'general',
  'opencode',
  'planner',
  'researcher',
  'reviewer',
  'security',
  'verifier',
];
const names = (loaded: ReturnType<typeof loadConfig>) => loaded.roster.map(({ name }) => name);

function problemsOf(file: string | undefined): FieldIssue[] {
  try {
    loadConfig(file);
  } catch (error) {
    if (error instanceof ProblemError && error.problem.code === 'validation') {
      const { message, fields = [] } = error.problem;
      for (const { path, issue } of fields) expect(message).toContain(`${path}: ${issue}`);
      return fields;
    }
    throw error;
  }
  throw new Error('it was accepted');
}

describe('orchestrator.yaml', () => {
  test('processes of the launcher allow the repositories of examples besides', () => {
    const file = write('orchestrator.yaml', 'repositories: { roots: [/srv/code] }\n');
    vi.stubEnv('ORCHESTRATOR_DATA_DIR', join(folder, 'data'));
    expect(loadConfig(file).config.repositories.roots).toEqual(['/srv/code']);
    vi.stubEnv('ORCHESTRATOR_LAUNCHED', '1');
    expect(loadConfig(file).config.repositories.roots).toEqual(['/srv/code', join(folder, 'data/examples')]);
  });

  test('defaults where nothing is named and nothing is there', () => {
    vi.spyOn(process, 'cwd').mockReturnValue(folder);
    const loaded = loadConfig(undefined);
    expect(loaded.config).toEqual(Config.parse({}));
    expect(loaded.file).toBeNull();
    expect(names(loaded)).toEqual(['command', 'human', ...SHIPPED]);
  });

  test('the file of the working directory is read without being named', () => {
    write('orchestrator.yaml', 'commands: off');
    vi.spyOn(process, 'cwd').mockReturnValue(folder);
    expect(loadConfig(undefined).config.commands).toBe('off');
  });

  test('a named file must be there', () => {
    const file = join(folder, 'gone.yaml');
    expect(problemsOf(file)).toEqual([{ path: file, issue: 'this configuration file does not exist' }]);
  });

  test.each(['', '# nothing\n', '---\n'])('an empty file is valid: %j', (text) => {
    expect(loadConfig(write('o.yaml', text)).config).toEqual(Config.parse({}));
  });

  test('every mistake is named by path and line, all at once', () => {
    const file = write(
      'o.yaml',
      'limits:\n  max_tasks: 9999\ncommand: on\nmodels:\n  planner:\n    provider: nobody\nagents:\n  - name: a\n    base_url: ftp://x\n',
    );
    const problems = problemsOf(file);
    expect(problems.map(({ path }) => path).sort()).toEqual([
      'o.yaml: agents.0.base_url',
      'o.yaml: command',
      'o.yaml: limits.max_tasks',
      'o.yaml: models.planner.model',
      'o.yaml: models.planner.provider',
    ]);
    const line = (path: string) =>
      /\(line (\d+)\)$/.exec(problems.find((p) => p.path.endsWith(path))?.issue ?? '')?.[1];
    expect([line('max_tasks'), line('command'), line('provider'), line('base_url')]).toEqual([
      '2',
      '3',
      '6',
      '9',
    ]);
    expect(line('planner.model')).toBe('5');
  });

  test('the mistakes of its agents are named beside its own, and hosts with a scheme are none', () => {
    write('mine/broken.md', 'no front matter');
    const hosts = 'tools: {allow_private_hosts: ["http://wiki", wiki, "10.0.0.7:8080"]}';
    const problems = problemsOf(write('o.yaml', `agents_dir: mine\nlimitz: {}\n${hosts}\n`));
    expect(problems.map(({ path }) => path.replace(/^.*mine/, 'mine')).sort()).toEqual([
      'mine/broken.md',
      'o.yaml: limitz',
      'o.yaml: tools.allow_private_hosts.0',
    ]);
  });

  test.each([
    ['a: [1', 'line 1'],
    ['commands: on\ncommands: off\n', 'line 2'],
    ['- just\n- a list\n', 'must be an object'],
    [`a: &a [x]\n${'b'.repeat(3)}: [${Array(200).fill('*a').join(',')}]\nc: ${'*missing'}`, ''],
  ])('what is no usable YAML is said: %j', (text, part) => {
    const problems = problemsOf(write('o.yaml', text));
    expect(problems[0]?.path).toBe('o.yaml');
    expect(problems[0]?.issue).toContain(part);
  });

  test('requests that could never be sent are found at the start', () => {
    const agent = (name: string, rest: string) => `  - {name: ${name}, base_url: 'http://${rest}}\n`;
    const file = write(
      'o.yaml',
      `agents:\n${agent('a', "u:p@x'")}${agent('b', "x', headers: {Auth: '${secret:my-key}'}")}${agent('c', "x', headers: {'bad name': x}")}`,
    );
    expect(problemsOf(file).map(({ path }) => path)).toEqual([
      'o.yaml: agents.0.base_url',
      'o.yaml: agents.1.headers.Auth',
      'o.yaml: agents.2.headers.bad name',
    ]);
  });

  test('addresses that are not public need the setting that lets requests through to them', () => {
    const lines = [
      "agents: [{name: a, base_url: 'http://127.0.0.1:9000/x'}, {name: b, base_url: 'http://b.example'}]",
      "mcp_servers: {near: {url: 'http://localhost:3000/mcp'}, far: {url: 'https://mcp.example'}}",
      "webhooks: [{owner: local, url: 'http://10.0.0.1/hook'}]",
    ];
    const wrong = ['agents.0.base_url', 'mcp_servers.near.url', 'webhooks.0.url'];
    const problems = problemsOf(write('o.yaml', lines.join('\n')));
    expect(problems.map(({ path }) => path)).toEqual(wrong.map((path) => `o.yaml: ${path}`));
    for (const { issue } of problems) expect(issue).toContain('tools.allow_private_hosts');
    const allowed = "tools: {allow_private_hosts: ['127.0.0.1:9000', localhost, 10.0.0.1]}";
    expect(loadConfig(write('o.yaml', [...lines, allowed].join('\n'))).config.agents).toHaveLength(2);
  });

  test('servers of tools and rate limits are checked as a whole', () => {
    const file = write(
      'o.yaml',
      [
        'mcp_servers:',
        '  none: {}',
        '  both: {command: x, url: "http://x"}',
        '  mixed: {url: "http://x", args: [a], env: {A: b}}',
        '  Bad__name: {command: x}',
        '  local: {command: x, headers: {A: b}, risk: huge}',
        'rate_limits:',
        '  nobody/x: {requests_per_second: 1}',
        '  openai: {tokens_per_second: 1, tokens_per_minute: 1}',
        '  gemini: {requests_per_second: 0}',
        '  ollama/hf.co/some/model:1b: {requests_per_minute: 0.5}',
      ].join('\n'),
    );
    const problems = problemsOf(file).map(({ path, issue }) => `${path.slice('o.yaml: '.length)}: ${issue}`);
    expect(problems).toEqual([
      'mcp_servers.none.command: is required, or url (line 2)',
      'mcp_servers.both.url: goes without command: give one of them (line 3)',
      'mcp_servers.mixed.args: belongs to command (line 4)',
      'mcp_servers.mixed.env: belongs to command (line 4)',
      'mcp_servers.Bad__name: the name: lower case letters, digits and - (line 5)',
      'mcp_servers.local.risk: must be one of low, medium, high, critical (line 6)',
      'rate_limits.nobody/x: the name: a provider, or provider/model (line 8)',
      'rate_limits.openai.tokens_per_minute: goes without tokens_per_second: give one of them (line 9)',
      'rate_limits.gemini.requests_per_second: must be more than 0 (line 10)',
    ]);
  });

  test('secrets of servers of tools that could never be read are found at the start', () => {
    const file = write(
      'o.yaml',
      'mcp_servers:\n  a: {command: x, args: ["${secret:a-b}"], env: {A: "${secret:}"}}\n  b: {url: "http://u:p@x", headers: {A: "${secret:OK}", B: "${secret:1}"}}\n',
    );
    expect(problemsOf(file).map(({ path }) => path)).toEqual([
      'o.yaml: mcp_servers.a.args.0',
      'o.yaml: mcp_servers.a.env.A',
      'o.yaml: mcp_servers.b.url',
      'o.yaml: mcp_servers.b.headers.B',
    ]);
  });

  test('ORCHESTRATOR_CONFIG names the file', () => {
    expect(namedConfigFile({ ORCHESTRATOR_CONFIG: 'x.yaml' })).toBe('x.yaml');
    expect(namedConfigFile({ ORCHESTRATOR_CONFIG: '' })).toBeUndefined();
  });
});

describe('roster', () => {
  test('files beside the config come in addition, one of the same name replaces a shipped agent', () => {
    write(
      'agents/translator.md',
      agentFile('name: translator\ndescription: Translates\ncapabilities: [translation]\nmodel: m1'),
    );
    write('agents/general.md', agentFile('name: general\ndescription: Mine', 'My prompt.'));
    write('agents/notes.txt', 'no agent');
    const loaded = loadConfig(write('o.yaml', ''));
    expect(names(loaded).sort()).toEqual(['command', 'human', 'translator', ...SHIPPED].sort());
    expect(loaded.roster.find(({ name }) => name === 'translator')).toEqual({
      name: 'translator',
      kind: 'llm',
      description: 'Translates',
      capabilities: ['translation'],
      llm: {
        system_prompt: 'You help.',
        model: 'm1',
        tools: expect.arrayContaining(['read_file', 'edit_file', 'finish']),
        approval: { risks: ['high', 'critical'], always: [], never: [] },
        max_turns: 50,
        max_tool_calls: 200,
      },
    });
    expect(loaded.roster.find(({ name }) => name === 'general')?.llm?.system_prompt).toBe('My prompt.');
  });

  test('names that are there twice are refused, wherever they come from', () => {
    write('mine/a.md', agentFile('name: twin\ndescription: A'));
    write('mine/b.md', agentFile('name: twin\ndescription: B'));
    write('mine/c.md', agentFile('name: human\ndescription: C'));
    const file = write(
      'o.yaml',
      "agents_dir: mine\nagents:\n  - {name: twin, base_url: 'http://x'}\n  - {name: command, base_url: 'http://x'}\n",
    );
    const problems = problemsOf(file);
    expect(problems.map(({ path }) => path.replace(`${folder}/`, ''))).toEqual([
      'mine/b.md',
      'mine/c.md',
      'o.yaml: agents.0.name',
      'o.yaml: agents.1.name',
    ]);
    expect(problems[0]?.issue).toContain('a.md');
  });

  test.each([
    ['no front matter', 'Just a prompt', 'must begin with'],
    ['an unclosed front matter', '---\nname: x\n', 'must begin with'],
    ['no prompt', agentFile('name: x\ndescription: y', ''), 'no system prompt'],
    ['a missing description', agentFile('name: x'), 'is required'],
    [
      'an unknown field',
      agentFile('name: x\ndescription: y\ntool: []'),
      'unknown field; did you mean `tools`? (line 4)',
    ],
    [
      'a bad tool',
      agentFile('name: x\ndescription: y\ntools:\n  - bash\n  - a b'),
      'such as server__* (line 6)',
    ],
    [
      'a bad risk',
      agentFile('name: x\ndescription: y\napproval:\n  risks: [huge]'),
      'must be one of low, medium, high, critical (line 5)',
    ],
    [
      'a bad limit',
      agentFile('name: x\ndescription: y\nlimits: {max_turns: 0}'),
      'must be at least 1 (line 4)',
    ],
    ['a bad name', agentFile('name: X Y\ndescription: y'), 'lower case letters, digits, . _ - (line 2)'],
  ])('an agent with %s is refused by file', (_, text, issue) => {
    const path = write('agents/x.md', text);
    const [problem, ...others] = problemsOf(write('o.yaml', ''));
    expect(others).toEqual([]);
    expect(problem?.path.startsWith(path)).toBe(true);
    expect(problem?.issue).toContain(issue);
  });

  test('a tool that there can not be is refused by place, with the nearest names', () => {
    const front = [
      'name: x',
      'description: y',
      'tools: [bash, reed_file, "*", "find_*", github, tikets__close, tickets__close, "tickets__*", "tick*"]',
      'approval:',
      '  always: [Bash, send_emial, "send_*"]',
      '  never: [wiki__read, finish, frobnicate]',
    ];
    const path = write('agents/x.md', agentFile(front.join('\n')));
    const servers = 'mcp_servers: {tickets: {command: tickets}}';
    const safe = 'tools: {safe: [read_file, "tickets__*", gitub]}';
    expect(problemsOf(write('o.yaml', `${servers}\n${safe}`))[0]).toEqual({
      path: 'o.yaml: tools.safe.2',
      issue: "no tool is called 'gitub'; did you mean github?",
    });
    const problems = problemsOf(write('o.yaml', servers));
    expect(problems.map(({ path: at, issue }) => `${at.replace(`${path}: `, '')}: ${issue}`)).toEqual([
      "tools.1: no tool is called 'reed_file'; did you mean read_file? (line 4)",
      expect.stringMatching(
        /^tools\.3: no tool is called 'find_\*'; there are ask_human, .*tickets__\* \(line 4\)$/,
      ),
      "tools.5: no MCP server is called 'tikets' under mcp_servers; did you mean tickets__close? (line 4)",
      "approval.always.0: no tool is called 'Bash'; did you mean bash? (line 6)",
      "approval.always.1: no tool is called 'send_emial'; did you mean send_email? (line 6)",
      "approval.never.0: no MCP server is called 'wiki' under mcp_servers; there are tickets (line 7)",
      expect.stringContaining("approval.never.2: no tool is called 'frobnicate'; there are ask_human, "),
    ]);
  });

  test('an agent says what it may use, what it waits for, and how far it goes', () => {
    const front = [
      'name: x',
      'description: y',
      'tools: [bash, github, tickets__*]',
      'approval: {risks: [critical], always: [github], never: [bash]}',
      'sla_seconds: 900',
      'max_concurrency: 2',
      'limits: {max_turns: 7, max_tokens: 5000}',
    ];
    write('agents/x.md', agentFile(front.join('\n')));
    const config = write('o.yaml', 'mcp_servers: {tickets: {command: tickets}}');
    const agent = loadConfig(config).roster.find(({ name }) => name === 'x');
    expect(agent?.llm).toEqual({
      system_prompt: 'You help.',
      tools: ['bash', 'github', 'tickets__*'],
      approval: { risks: ['critical'], always: ['github'], never: ['bash'] },
      sla_seconds: 900,
      max_concurrency: 2,
      max_turns: 7,
      max_tool_calls: 200,
      max_tokens: 5000,
    });
  });

  test('of the shipped agents, planner and verifier have no tools, and those that only judge change nothing', () => {
    const tools = (agent: string) =>
      loadConfig(write('o.yaml', '')).roster.find(({ name }) => name === agent)?.llm?.tools;
    expect([tools('planner'), tools('verifier')]).toEqual([[], []]);
    expect(tools('coder')).toContain('bash');
    for (const changing of ['bash', 'write_file', 'edit_file', 'http_request', '*']) {
      expect(tools('reviewer')).not.toContain(changing);
    }
    for (const leaving of ['bash', 'http_request', 'send_email', '*']) {
      expect(tools('general')).not.toContain(leaving);
    }
  });

  test('Windows line ends and --- inside the prompt are taken', () => {
    write('agents/x.md', '---\r\nname: x\r\ndescription: y\r\n---\r\nOne\r\n\r\n---\r\n\r\nTwo\r\n');
    const agent = loadConfig(write('o.yaml', '')).roster.find(({ name }) => name === 'x');
    expect(agent?.llm?.system_prompt).toBe('One\r\n\r\n---\r\n\r\nTwo');
  });

  test('a named folder of agents must be there', () => {
    const [problem] = problemsOf(write('o.yaml', 'agents_dir: nowhere'));
    expect(problem?.path).toBe(join(folder, 'nowhere'));
  });
});

describe('snapshot', () => {
  test('holds what planning needs and neither prompts nor addresses', () => {
    const file = write(
      'o.yaml',
      "planner_commands: allow\ncommand_allowlist: [npm]\nlimits: {max_tasks: 7}\nagents:\n  - {name: svc, capabilities: [x], base_url: 'http://inner', headers: {A: b}}\n",
    );
    const { config, roster } = loadConfig(file);
    const snapshot = snapshotOf(config, roster, { provider: 'anthropic', model: 'm' });
    expect(snapshot).toMatchObject({
      commands: 'allowlist',
      command_allowlist: ['npm'],
      planner_commands: true,
      limits: { max_tasks: 7, max_workers: 50 },
      planner_model: { provider: 'anthropic', model: 'm' },
    });
    expect(snapshot.agents.find(({ name }) => name === 'svc')).toEqual({
      name: 'svc',
      kind: 'http',
      description: '',
      capabilities: ['x'],
      provider: null,
      model: null,
    });
    expect(JSON.stringify(snapshot)).not.toMatch(/inner|You carry out/);
  });

  test('takes no program whose path is another file in every folder', () => {
    expect(Config.safeParse({ command_allowlist: ['npm', '/opt/bin/x y', 'git status a/b'] }).success).toBe(
      true,
    );
    for (const entry of ['./run.sh', 'scripts/run.sh --fast', '  ../run'])
      expect(Config.safeParse({ command_allowlist: [entry] }).success, entry).toBe(false);
  });

  test.each([
    ['off', { commands: 'off', command_allowlist: ['npm'] }],
    ['on', {}],
  ])('commands: %s', (rule, fields) => {
    expect(snapshotOf(Config.parse(fields), [], null).commands).toBe(rule);
  });
});

describe('the example file', () => {
  const example = readFileSync(join(import.meta.dirname, '../../orchestrator.example.yaml'), 'utf8');

  test('as it stands, says the defaults', () => {
    expect(loadConfig(write('o.yaml', example)).config).toEqual(Config.parse({}));
  });

  test('with every commented setting on, is valid and shows every field', () => {
    write('agents/x.md', agentFile('name: x\ndescription: y'));
    const all = example.replace(/^(\s*)#(?! \S)(?=\s*\S)/gm, '$1');
    const { config } = loadConfig(write('o.yaml', all));
    expect(config.agents[0]?.headers).toEqual({ Authorization: 'Bearer ${secret:TRANSLATOR_TOKEN}' });
    expect(config.models.planner?.provider).toBe('anthropic');
    for (const field of Object.keys(Config.shape)) expect(all).toMatch(new RegExp(`^${field}:`, 'm'));
    expect(config.mcp_servers.docs).toMatchObject({ risk: 'low', tools: ['search', 'read_page'] });
    expect(config.rate_limits['ollama/llama3.2']).toEqual({
      requests_per_second: 2,
      tokens_per_second: 5000,
    });
    for (const field of Object.keys(Config.shape.limits.unwrap().shape)) expect(all).toContain(`  ${field}:`);
    for (const limit of Object.keys(config.limits)) expect(all).toMatch(new RegExp(`^  ${limit}:`, 'm'));
  });
});
