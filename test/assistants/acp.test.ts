import { describe, expect, test } from 'vitest';
import { type AcpKind, acpReader } from '../../activities/coding/acp/acp.ts';
import type { Heard, Launch, Line, Question } from '../../activities/coding/drivers/driver.ts';
import { LAUNCH } from './launch.ts';

const NEW = { agentCapabilities: {} };
const RESUMES = { agentCapabilities: { loadSession: true, sessionCapabilities: { resume: {} } } };

/** An agent of a test, by what it says; everything that it is answered is kept. */
function speak(given: Partial<Launch> = {}, kind?: AcpKind) {
  const sent: Record<string, unknown>[] = [];
  const questions: Question[] = [];
  let may: boolean | null = true;
  const line: Line = {
    send: (message) => void sent.push(message as Record<string, unknown>),
    permit(question) {
      questions.push(question);
      return may;
    },
  };
  const read = acpReader({ ...LAUNCH, ...given }, line, kind);
  return {
    sent,
    questions,
    decide: (next: boolean | null) => {
      may = next;
    },
    say: (...lines: unknown[]): Heard[] => lines.flatMap((one) => read(one)),
    update: (sessionUpdate: string, rest: object = {}, sessionId = 's1') =>
      read({
        jsonrpc: '2.0',
        method: 'session/update',
        params: { sessionId, update: { sessionUpdate, ...rest } },
      }),
    /** it has begun the conversation s1 */
    begin() {
      read({ id: 0, result: NEW });
      return read({ id: 2, result: { sessionId: 's1' } });
    },
  };
}

const methods = (sent: Record<string, unknown>[]) => sent.map(({ method }) => method);
const chunk = (text: unknown, messageId = 'm') => ({ messageId, content: { type: 'text', text } });

describe('a conversation', () => {
  test('is begun in the folder, and given its prompt', () => {
    const agent = speak();
    expect(agent.begin()).toEqual([{ type: 'session', id: 's1' }]);
    expect(agent.sent).toEqual([
      { jsonrpc: '2.0', id: 2, method: 'session/new', params: { cwd: '/work', mcpServers: [] } },
      {
        ...{ jsonrpc: '2.0', id: 3, method: 'session/prompt' },
        params: { sessionId: 's1', prompt: [{ type: 'text', text: 'p' }] },
      },
    ]);
  });

  test.each([
    ['resumed', RESUMES, 'session/resume'],
    ['loaded', { agentCapabilities: { loadSession: true } }, 'session/load'],
  ])('is %s where the agent can do that, and what it tells of before is not heard', (_, can, method) => {
    const agent = speak({ session: 's1' });
    agent.say({ id: 0, result: can });
    expect(methods(agent.sent)).toEqual([method]);
    expect(agent.update('agent_message_chunk', chunk('of before'))).toEqual([]);
    expect(agent.say({ id: 1, result: {} })).toEqual([{ type: 'session', id: 's1' }]);
    expect(agent.sent.at(-1)).toMatchObject({ params: { prompt: [{ text: 'p' }] } });
    expect(agent.update('agent_message_chunk', chunk('new'))).toEqual([{ type: 'delta', text: 'new' }]);
  });

  test.each([
    ['can not be gone on with', [{ id: 0, result: NEW }]],
    [
      'is not known any more',
      [
        { id: 0, result: RESUMES },
        { id: 1, error: { code: -32603, message: 'gone' } },
      ],
    ],
  ])('that %s begins anew with the whole task', (_, lines) => {
    const agent = speak({ session: 'old' });
    agent.say(...lines, { id: 2, result: { sessionId: 's1' } });
    expect(agent.sent.at(-1)).toMatchObject({
      params: { sessionId: 's1', prompt: [{ text: 'the task\n\np' }] },
    });
  });

  test('of somebody else is not heard', () => {
    const agent = speak();
    agent.begin();
    expect(agent.update('agent_message_chunk', chunk('words'), 'another')).toEqual([]);
  });
});

describe('what an agent says', () => {
  test('is one text a message, live as it comes', () => {
    const agent = speak();
    agent.begin();
    const heard = [
      ...agent.update('agent_message_chunk', chunk('One, ')),
      ...agent.update('agent_message_chunk', chunk('two.')),
      ...agent.update('agent_thought_chunk', chunk('hm')),
      ...agent.update('agent_message_chunk', chunk('Three.', 'n')),
      ...agent.say({ id: 3, result: { stopReason: 'end_turn' } }),
    ];
    expect(heard).toEqual([
      { type: 'delta', text: 'One, ' },
      { type: 'delta', text: 'two.' },
      { type: 'text', text: 'One, two.' },
      { type: 'delta', text: 'Three.' },
      { type: 'text', text: 'Three.' },
      { type: 'end', end: { ok: true } },
    ]);
  });

  test('of its tools comes once with what it gives them, and once with what they answer', () => {
    const agent = speak();
    agent.begin();
    const heard = [
      ...agent.update('tool_call', {
        toolCallId: 't',
        title: 'bash',
        kind: 'execute',
        status: 'pending',
        rawInput: {},
      }),
      ...agent.update('tool_call_update', {
        ...{ toolCallId: 't', title: 'ls', status: 'in_progress', rawInput: { command: 'ls' } },
      }),
      ...agent.update('tool_call_update', { toolCallId: 't', status: 'in_progress', content: [] }),
      ...agent.update('tool_call_update', {
        ...{ toolCallId: 't', status: 'completed' },
        content: [
          { type: 'content', content: { type: 'text', text: 'a\nb' } },
          { type: 'diff', path: 'a' },
        ],
      }),
      ...agent.update('tool_call', {
        toolCallId: 'u',
        title: 'Reading a.txt',
        kind: 'read',
        status: 'failed',
      }),
    ];
    expect(heard).toEqual([
      { type: 'tool_use', id: 't', name: 'bash', input: { command: 'ls' } },
      { type: 'tool_result', id: 't', content: 'a\nb\nchanged a', is_error: false },
      { type: 'tool_use', id: 'u', name: 'read', input: { title: 'Reading a.txt' } },
      { type: 'tool_result', id: 'u', content: '', is_error: true },
    ]);
  });

  test('counts answers of its model where nothing else tells of them', () => {
    const agent = speak({}, { counts_turns: true });
    agent.begin();
    const turns = [
      ...agent.update('agent_message_chunk', chunk('I look.')),
      ...agent.update('tool_call', { toolCallId: 't', title: 'ls', status: 'in_progress' }),
      ...agent.update('tool_call_update', { toolCallId: 't', status: 'completed' }),
      ...agent.update('agent_message_chunk', chunk('I see.')),
    ].filter(({ type }) => type === 'turn');
    expect(turns).toHaveLength(2);
  });

  test.each([
    ['max_turn_requests', 'turns'],
    ['refusal', 'failed'],
    ['of tomorrow', 'failed'],
  ])('at last, %s, is a failure', (stopReason, why) => {
    const agent = speak();
    agent.begin();
    expect(agent.say({ id: 3, result: { stopReason } })).toMatchObject([{ end: { ok: false, why } }]);
  });

  test.each([
    [429, 'rate_limited'],
    [401, 'auth'],
    [-32000, 'auth'],
    [503, 'overloaded'],
    [400, 'invalid'],
    [-32603, 'failed'],
    ['a text', 'failed'],
  ])('with the error %s is told as %s', (code, why) => {
    const agent = speak();
    agent.begin();
    const data = { details: 'the cause' };
    expect(agent.say({ id: 3, error: { code, message: 'no', data } })).toEqual([
      { type: 'end', end: { ok: false, why, message: 'no: the cause' } },
    ]);
  });

  test('of its tokens at the end is a sum', () => {
    const agent = speak();
    agent.begin();
    const usage = { inputTokens: 10, outputTokens: 2, thoughtTokens: 1, cachedReadTokens: 5 };
    expect(agent.say({ id: 3, result: { stopReason: 'end_turn', usage } })[0]).toEqual({
      type: 'total',
      models: [
        {
          model: null,
          usage: { input_tokens: 10, output_tokens: 3, cache_read_tokens: 5, cache_write_tokens: 0 },
        },
      ],
    });
  });
});

describe('leave', () => {
  const options = [
    { optionId: 'always', kind: 'allow_always' },
    { optionId: 'once', kind: 'allow_once' },
    { optionId: 'no', kind: 'reject_once' },
  ];
  const toolCall = {
    ...{ toolCallId: 't', title: 'rm -r x', kind: 'execute', rawInput: { command: 'rm -r x' } },
    locations: [{ path: '/work/x' }],
  };
  const ask = (more: object = {}) => ({
    ...{ jsonrpc: '2.0', id: 7, method: 'session/request_permission' },
    params: { sessionId: 's1', toolCall, options, ...more },
  });

  test.each([
    [true, { outcome: 'selected', optionId: 'once' }],
    [false, { outcome: 'selected', optionId: 'no' }],
  ])('that is given: %s is the narrowest option that says so', (may, outcome) => {
    const agent = speak();
    agent.begin();
    agent.decide(may);
    expect(agent.say(ask())).toMatchObject([{ type: 'tool_use', id: 't', input: { command: 'rm -r x' } }]);
    expect(agent.sent.at(-1)).toEqual({ jsonrpc: '2.0', id: 7, result: { outcome } });
    expect(agent.questions).toEqual([
      {
        ...{ tool_use_id: 't', tool: 'execute', kind: 'other', paths: ['/work/x'] },
        input: { command: 'rm -r x' },
      },
    ]);
  });

  test('that a person has to give is not answered', () => {
    const agent = speak();
    agent.begin();
    agent.decide(null);
    const before = agent.sent.length;
    agent.say(ask());
    expect(agent.sent).toHaveLength(before);
  });

  test('for which there is no option is not given', () => {
    const agent = speak();
    agent.begin();
    agent.say(ask({ options: [{ optionId: 'no', kind: 'reject_once' }, 'nonsense', null] }));
    expect(agent.sent.at(-1)).toMatchObject({ result: { outcome: { outcome: 'cancelled' } } });
  });

  test('for anything else there is no method', () => {
    const agent = speak();
    agent.begin();
    agent.say({ id: 'x', method: 'fs/read_text_file', params: { path: '/etc/shadow' } });
    expect(agent.sent.at(-1)).toMatchObject({ id: 'x', error: { code: -32601 } });
  });
});

test.each([
  undefined,
  null,
  [],
  'text',
  {},
  { id: 0 },
  { id: 99, result: {} },
  { id: 99, error: { code: 429 } },
  { id: {}, result: null },
  { method: 5 },
  { method: 'session/update' },
  { method: 'session/update', params: { sessionId: 's1', update: [] } },
  { method: 'session/update', params: { sessionId: 's1', update: { sessionUpdate: 'tool_call' } } },
  { method: 'session/update', params: { sessionId: 's1', update: { sessionUpdate: 'of tomorrow' } } },
  {
    method: 'session/update',
    params: { sessionId: 's1', update: { sessionUpdate: 'agent_message_chunk', content: [{}] } },
  },
])('a line %j says nothing', (line) => {
  const agent = speak();
  agent.begin();
  expect(agent.say(line)).toEqual([]);
});

test('calls that never end are counted up to a bound', () => {
  const agent = speak();
  agent.begin();
  const begun = Array.from({ length: 1500 }, (_, at) =>
    agent.update('tool_call', { toolCallId: `t${at}`, title: 'ls', status: 'in_progress' }),
  ).flat();
  expect(begun).toHaveLength(1000);
});
