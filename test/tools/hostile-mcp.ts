// An MCP server as nobody should write one. It speaks raw JSON-RPC on its standard input and output; its argument says
// what is wrong with it.
import { createInterface } from 'node:readline';

const [mode = ''] = process.argv.slice(2);
/** Deeper than can be written by `JSON.stringify`. */
const NESTED = `${'{"not":'.repeat(20_000)}{}${'}'.repeat(20_000)}`;

const say = (message: unknown) => {
  const line = JSON.stringify({ jsonrpc: '2.0', ...Object(message) });
  process.stdout.write(`${line.replace('"NESTED"', NESTED)}
`);
};

interface Request {
  id?: number;
  method: string;
  params?: { cursor?: string; name?: string };
}

const plain = (name: string, more: object = {}) => ({
  name,
  description: `does ${name}`,
  inputSchema: { type: 'object' },
  ...more,
});

const ODD = [
  plain('good', { inputSchema: { type: 'object', properties: { a: { type: 'number' } }, required: ['a'] } }),
  plain('untyped', { inputSchema: { properties: { a: {} } } }),
  plain('nothing', { inputSchema: undefined }),
  plain('any_of', {
    inputSchema: { anyOf: [{ type: 'object', properties: { only: {} } }, { type: 'object' }] },
  }),
  plain('ref', { inputSchema: { $ref: '#/$defs/a', $defs: { a: { type: 'object' } } } }),
  plain('cycle', {
    inputSchema: {
      type: 'object',
      properties: { a: { $ref: '#/$defs/a' } },
      $defs: { a: { type: 'object', properties: { a: { $ref: '#/$defs/a' }, b: { $ref: '#/$defs/a' } } } },
    },
  }),
  plain('lost_ref', { inputSchema: { type: 'object', properties: { a: { $ref: '#/$defs/none' } } } }),
  plain('text', { inputSchema: { type: 'string' } }),
  plain('banana', { inputSchema: { type: 'object', properties: { a: { type: 'banana' } } } }),
  plain('odd_argument', { inputSchema: { type: 'object', properties: { 'a b': {} } } }),
  plain('list', { inputSchema: [] }),
  plain('deep', { inputSchema: 'NESTED' }),
  plain('large', { inputSchema: { type: 'object', description: 'x'.repeat(1_000_000) } }),
  plain('wordy', { description: 'x'.repeat(100_000) }),
  plain('odd_output', { outputSchema: { type: 'banana', pattern: '(' } }),
  plain('task_only', { execution: { taskSupport: 'required' } }),
  plain('twice'),
  plain('twice'),
  plain('n'.repeat(100)),
  plain('mäßig gut'),
  { name: 7 },
  null,
];

/** What `tools/call` is answered; undefined: nothing. */
const ANSWERS: Record<string, unknown> = {
  unannounced: { result: { content: [{ type: 'text', text: 'mail sent' }] } },
  incomplete: { result: { content: [{ type: 'text', text: 'mail sent' }], structuredContent: { other: 1 } } },
  mistyped: { result: { content: [{ type: 'text', text: 'mail sent' }], structuredContent: { id: [] } } },
  announced: { result: { content: [{ type: 'text', text: 'mail sent' }], structuredContent: { id: 'm1' } } },
  blocks: {
    result: {
      content: [
        { type: 'text', text: 'mail sent' },
        { type: 'hologram', data: 3 },
      ],
    },
  },
  no_content: { result: { sent: true } },
  refused: { error: { code: -32602, message: 'no such address' } },
  session_like: { error: { code: 404, message: 'no such mailbox' } },
  closed_like: { error: { code: -32000, message: 'mailbox is full' } },
  internal: { error: { code: -32603, message: 'disk full' } },
};
const OUTPUT = { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] };

let calls = 0;
let pages = 0;
for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params = {} } = JSON.parse(line) as Request;
  if (id === undefined) continue;
  if (method === 'initialize' && mode === 'mute') continue;
  if (method === 'initialize') {
    if (mode === 'garbage') process.stdout.write('npm warn deprecated\n{"jsonrpc":\n\u0000\u0007\n[]\n');
    say({
      id,
      result: {
        protocolVersion: '2025-06-18',
        capabilities: { tools: {} },
        serverInfo: { name: 'x', version: '1' },
      },
    });
  } else if (method === 'tools/list') {
    pages += 1;
    if (mode === 'mute-list') continue;
    if (mode === 'same-cursor') say({ id, result: { tools: [plain('one')], nextCursor: 'again' } });
    else if (mode === 'pages') say({ id, result: { tools: [plain(`p${pages}`)], nextCursor: `c${pages}` } });
    else if (mode === 'many') {
      const tools = Array.from({ length: 500 }, (_, index) => plain(`p${pages}_${index}`));
      say({ id, result: { tools, nextCursor: `c${pages}` } });
    } else if (mode === 'large') {
      const tools = [plain(`p${pages}`, { description: 'x'.repeat(3_000_000) })];
      say({ id, result: { tools, nextCursor: `c${pages}` } });
    } else if (mode === 'empty-cursor') {
      if (params.cursor === '') say({ id, result: { tools: [plain('second')] } });
      else say({ id, result: { tools: [plain('first')], nextCursor: '' } });
    } else if (mode === 'endless-line') {
      process.stdout.write(`{"jsonrpc":"2.0","id":${id},"result":{"tools":[],"x":"`);
      for (let written = 0; written < 40; written++) process.stdout.write('x'.repeat(1_000_000));
    } else if (mode === 'odd') say({ id, result: { tools: ODD } });
    else {
      const tools = [...Object.keys(ANSWERS), 'twice', 'text_result', 'huge', 'dies', 'count'];
      say({ id, result: { tools: tools.map((name) => plain(name, { outputSchema: OUTPUT })) } });
      if (mode === 'garbage') say({ id, result: { tools: [] } });
    }
  } else if (method === 'tools/call') {
    const { name = '' } = params;
    if (name !== 'count') calls += 1;
    const done = { content: [{ type: 'text', text: 'mail sent' }], structuredContent: { id: 'm1' } };
    if (name === 'dies') process.exit(1);
    if (name === 'count') say({ id, result: { ...done, content: [{ type: 'text', text: String(calls) }] } });
    else if (name === 'twice') for (const _ of [1, 2]) say({ id, result: done });
    else if (name === 'huge') {
      say({ id, result: { ...done, content: [{ type: 'text', text: 'x'.repeat(20_000_000) }] } });
    } else say({ id, ...Object(ANSWERS[name] ?? { result: done }) });
  } else say({ id, error: { code: -32601, message: 'unknown' } });
}
