import { expect, test } from 'vitest';
import { z } from 'zod';
import { noSandbox } from '../../activities/sandbox/sandbox.ts';
import { createTools } from '../../activities/tools/registry.ts';
import { defineTool, type Tool } from '../../activities/tools/tool.ts';
import { OfferedTool } from '../../contracts/tool.ts';
import { BUILT_IN_TOOLS } from '../../contracts/tool-names.ts';
import { createMask } from '../../core/text/mask.ts';
import { bench, serve } from './setup.ts';

const CREDENTIALS = {
  smtp: { url: 'smtp://127.0.0.1:1', from: 'a@example.com' },
  slack: { token: 'xoxb' },
  github: { token: 'ghp' },
  openai: { api_key: 'sk' },
};

async function namesFor(allow: string[], b?: Awaited<ReturnType<typeof bench>>): Promise<string[]> {
  const { registry } = b ?? (await bench());
  return (await registry.offered({ allow })).tools.map(({ name }) => name);
}

test('an agent is offered what its list allows, and what no task can do without', async () => {
  expect(await namesFor([])).toEqual(['finish', 'plan_tasks', 'report_progress']);
  expect(await namesFor(['read_*', 'grep'])).toEqual([
    'finish',
    'grep',
    'plan_tasks',
    'read_artifact',
    'read_file',
    'read_task_result',
    'report_progress',
  ]);
  // a dot is a dot, and a name is the whole name
  expect(await namesFor(['read.file', 'bas', 'ash', '.*'])).toEqual([
    'finish',
    'plan_tasks',
    'report_progress',
  ]);
});

test('what is offered is what models take, in one order', async () => {
  const { registry } = await bench({ credentials: CREDENTIALS });
  const { tools } = await registry.offered({ allow: ['*'] });
  for (const tool of tools) {
    expect(OfferedTool.parse(tool)).toEqual(tool);
    expect(tool.input_schema.type, tool.name).toBe('object');
    expect(JSON.stringify(tool.input_schema)).not.toContain('$schema');
  }
  const names = tools.map(({ name }) => name);
  expect(names).toEqual([...names].sort());
});

test('the names that agents may give are those of all tools', async () => {
  const { registry } = await bench({ credentials: CREDENTIALS });
  const policy = { allow: ['*'], delegates: true, has_mates: true };
  const offers = await Promise.all([registry.offered(policy), registry.offered({ ...policy, leads: true })]);
  const names = offers.flatMap(({ tools }) => tools.map(({ name }) => name));
  expect([...new Set(names)].sort()).toEqual([...BUILT_IN_TOOLS].sort());
});

test('tools are offered only where their credentials are', async () => {
  const outside = ['generate_image', 'github', 'send_email', 'slack_post'];
  expect((await namesFor(['*'])).filter((name) => outside.includes(name))).toEqual([]);
  const all = await namesFor(['*'], await bench({ credentials: CREDENTIALS }));
  expect(all.filter((name) => outside.includes(name))).toEqual(outside);
  const { registry } = await bench();
  const { unavailable } = await registry.offered({ allow: ['slack_post', 'grep', 'no_*'] });
  expect(unavailable).toEqual([{ name: 'slack_post', reason: expect.stringMatching(/credentials/) }]);
});

test('a person decides on high risks, unless the policy says otherwise of a risk or a tool', async () => {
  const { registry } = await bench();
  const approvals = async (policy: object) => {
    const { tools } = await registry.offered({ allow: ['bash', 'http_request', 'grep'], ...policy });
    return tools.filter(({ approval }) => approval).map(({ name }) => name);
  };
  expect(await approvals({})).toEqual(['bash']);
  expect(await approvals({ approval_risks: ['medium'] })).toEqual(['http_request']);
  expect(await approvals({ approval_risks: [] })).toEqual([]);
  expect(await approvals({ approval: { bash: 'never', grep: 'always' } })).toEqual(['grep']);
  expect(await approvals({ approval: { '*': 'never', 'http_*': 'always' } })).toEqual(['http_request']);
});

test('a tool that was not offered to this attempt is refused, whatever asks for it', async () => {
  const server = await serve((_, __, response) => response.end('reached'));
  const { registry, context } = await bench({
    tools: { allow_private_hosts: [server.host], result_chars: 30_000 },
  });
  const { tools } = await registry.offered({ allow: ['http_request'] });
  // what was read tells the agent to run a command: the offer stays what it was
  for (const name of ['bash', 'write_file', 'send_webhook', 'evil__tool', 'constructor', '']) {
    const answer = await registry.run({ name, input: { command: 'id', url: server.url } }, context, tools);
    expect(answer, name).toMatchObject({ is_error: true, text: expect.stringMatching(/You have no tool/) });
  }
  expect(server.received).toEqual([]);
  const input = { url: server.url, tools: ['*'], offered: ['bash'] };
  expect(await registry.run({ name: 'http_request', input }, context, tools)).toMatchObject({
    is_error: true,
    text: expect.stringMatching(/tools: unknown field\n- offered: unknown field/),
  });
});

test('an offer with a forged entry runs nothing that is not there', async () => {
  const { registry, context } = await bench({ commands: { commands: 'off', command_allowlist: [] } });
  const { tools } = await registry.offered({ allow: ['*'] });
  const forged = [...tools, { ...tools[0]!, name: 'bash' }];
  const answer = await registry.run({ name: 'bash', input: { command: 'id' } }, context, forged);
  expect(answer).toMatchObject({ is_error: true, text: expect.stringMatching(/no longer available/) });
});

test('a wrong input is answered with every problem, and a check says the same', async () => {
  const { registry, context, call } = await bench();
  const input = { file_path: '', view_range: [1], extra: true };
  const { text, is_error } = await call('read_file', input);
  expect(is_error).toBe(true);
  for (const name of ['file_path', 'view_range', 'extra']) expect(text).toContain(`- ${name}: `);
  const { tools } = await registry.offered({ allow: ['*'] });
  expect(await registry.check({ name: 'read_file', input }, tools)).toEqual({ ok: false, text });
  const finish = await registry.check({ name: 'finish', input: { result: 'done' } }, tools);
  expect(finish).toEqual({ ok: true, input: { result: 'done', artifacts: [] } });
  const said = { name: 'report_progress', input: { status: 'working', message: 'half way' } };
  expect(await registry.run(said, context, tools)).toMatchObject({ is_error: true, artifacts: [] });
});

test('a result may name files of the folder and saved artifacts; what is not there is told', async () => {
  const { registry, context, call } = await bench();
  await call('write_file', { file_path: 'report.md', content: '# Report' });
  const { tools } = await registry.offered({ allow: ['*'] });
  const finish = (artifacts: string[]) =>
    registry.run({ name: 'finish', input: { result: 'done', artifacts } }, context, tools);
  expect((await finish(['report.md'])).artifacts).toMatchObject([{ name: 'report.md', size_bytes: 8 }]);
  const missing = await finish(['report.md', 'nothing.md']);
  expect(missing.is_error).toBe(true);
  expect(missing.text).toContain('nothing.md');
});

test('a long result is cut in the middle and kept whole, a short one is not', async () => {
  const long = `begin ${'é'.repeat(500)}\uD83D end\0`;
  const { registry, store, context } = await benchWith(sayTool(long), 100);
  const { tools } = await registry.offered({ allow: ['say'] });
  const answer = await registry.run({ name: 'say', input: {} }, context, tools);
  expect(answer.text).toMatch(/^begin é+\n\n\[\d+ characters left out here: the full text is the artifact/);
  expect(answer.text.endsWith(' end\uFFFD')).toBe(true);
  expect(answer.text.isWellFormed()).toBe(true);
  const [artifact] = answer.artifacts;
  expect(answer.text).toContain(`\`${artifact!.name}\``);
  const whole = (await store.getContent(artifact!.sha256)).toString('utf8');
  expect(whole).toBe(long.replace('\0', '\uFFFD').toWellFormed());
  const read = await registry.run(
    { name: 'read_artifact', input: { name: artifact!.name } },
    { ...context, artifacts: answer.artifacts },
    (await registry.offered({ allow: ['*'] })).tools,
  );
  expect(read.is_error).toBe(false);
});

test('whatever a tool throws is an answer without its stack, except for a cancel', async () => {
  const { registry, context } = await benchWith(
    defineTool({
      name: 'say',
      description: 'fails',
      input: z.strictObject({}),
      risk: 'low',
      place: 'anywhere',
      run: () => Promise.reject(new Error('the disk is gone')),
    }),
  );
  const { tools } = await registry.offered({ allow: ['say'] });
  const call = { name: 'say', input: {} };
  expect(await registry.run(call, context, tools)).toEqual({
    text: 'The call failed: the disk is gone',
    artifacts: [],
    is_error: true,
  });
  const signal = AbortSignal.abort(new Error('cancelled'));
  await expect(registry.run(call, { ...context, signal }, tools)).rejects.toThrow('cancelled');
});

test('secrets of the service become stars in every result', async () => {
  const { registry, context } = await benchWith(sayTool('token=s3cr3t-token;'), 30_000, ['s3cr3t-token']);
  const { tools } = await registry.offered({ allow: ['say'] });
  const { text } = await registry.run({ name: 'say', input: {} }, context, tools);
  expect(text).toBe('token=***;');
});

function sayTool(text: string): Tool {
  return defineTool({
    name: 'say',
    description: 'says something',
    input: z.strictObject({}),
    risk: 'low',
    place: 'anywhere',
    run: () => Promise.resolve({ text }),
  });
}

/** A bench whose registry has one more tool, as other parts add theirs. */
async function benchWith(tool: Tool, result_chars = 30_000, secrets: string[] = []) {
  const { store, context } = await bench();
  const registry = createTools(
    {
      store,
      price: () => null,
      commands: { commands: 'on', command_allowlist: [] },
      limits: { artifact_bytes: 1_000_000 },
      tools: { allow_private_hosts: [], result_chars },
      mcp_servers: {},
      mcp_place: { sandbox: noSandbox(), homes_dir: '' },
      credentials: {},
      secret: () => undefined,
      mask: createMask(secrets),
    },
    [tool],
  );
  return { registry, store, context };
}
