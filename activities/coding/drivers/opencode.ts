import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CODING_DRIVERS } from '../../../contracts/coding-drivers.ts';
import type { Driver, FailureKind, Heard, Launch, Reader, Start } from './driver.ts';
import { object, text, tokens, usageOf } from './fields.ts';

/**
 * opencode, in its mode without a terminal. It may print what it did only when it has done all of it.
 * @see https://opencode.ai/docs/cli
 */
export const opencode: Driver = {
  name: 'opencode',
  facts: CODING_DRIVERS.opencode,
  takes_session: false,
  limits_turns: false,
  has: (home) => existsSync(join(home, '.local/share/opencode/opencode.db')),
  start,
  reader: createReader,
};

/** Where the variables of addresses belong in its own settings. */
const ADDRESSES: Readonly<Record<string, string>> = {
  ANTHROPIC_BASE_URL: 'anthropic',
  OPENAI_BASE_URL: 'openai',
};

function start({ settings, model, session, prompt, environment }: Launch): Start {
  const rights = settings.permissions === 'all' ? 'allow' : 'deny';
  const provider = Object.fromEntries(
    Object.entries(ADDRESSES).flatMap(([variable, name]) => {
      const address = environment[variable]?.replace(/\/$/, '');
      if (!address) return [];
      const baseURL = address.endsWith('/v1') ? address : `${address}/v1`;
      return [[name, { options: { baseURL } }]];
    }),
  );
  const config = {
    provider,
    autoupdate: false,
    share: 'disabled',
    // a call of a model that nobody would hear of
    agent: { title: { disable: true } },
    permission: { edit: 'allow', bash: rights, webfetch: rights, external_directory: rights },
  };
  return {
    args: [
      ...['run', '--format', 'json'],
      ...(model === null ? [] : ['--model', model]),
      ...(session === null ? [] : ['-s', session]),
    ],
    stdin: prompt,
    env: {
      OPENCODE_CONFIG_CONTENT: JSON.stringify(config),
      OPENCODE_DISABLE_AUTOUPDATE: '1',
      OPENCODE_DISABLE_MODELS_FETCH: '1',
      OPENCODE_DISABLE_DEFAULT_PLUGINS: '1',
      OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
    },
  };
}

function createReader(): Reader {
  let session: string | undefined;
  const named = (id: string | undefined): Heard[] => {
    if (!id || id === session) return [];
    session = id;
    return [{ type: 'session', id }];
  };
  return (given) => {
    const line = object(given);
    return [...named(text(line.sessionID)), ...saidBy(line)];
  };
}

function saidBy(line: Record<string, unknown>): Heard[] {
  const part = object(line.part);
  switch (line.type) {
    case 'text': {
      const words = text(part.text);
      return words ? [{ type: 'text', text: words }] : [];
    }
    case 'tool_use':
      return toolCall(part);
    case 'step_finish':
      return stepEnd(part);
    case 'error': {
      const { name, data } = object(line.error);
      const { message, statusCode } = object(data);
      const words = text(message) ?? text(name) ?? 'it did not say why';
      return [{ type: 'end', end: { ok: false, why: kindOf(statusCode), message: words } }];
    }
    default:
      return [];
  }
}

/** A call is told when it has ended. */
function toolCall(part: Record<string, unknown>): Heard[] {
  const [id, name] = [text(part.callID), text(part.tool)];
  if (!id || !name) return [];
  const state = object(part.state);
  const content = text(state.output) ?? text(state.error) ?? '';
  return [
    { type: 'tool_use', id, name, input: object(state.input) },
    { type: 'tool_result', id, content, is_error: state.status === 'error' || name === 'invalid' },
  ];
}

function stepEnd(part: Record<string, unknown>): Heard[] {
  const used = object(part.tokens);
  const cache = object(used.cache);
  const output = tokens(used.output) + tokens(used.reasoning);
  const usage = usageOf(used.input, output, cache.read, cache.write);
  const heard: Heard[] = [{ type: 'usage', call: text(part.id) ?? '', model: null, usage }, { type: 'turn' }];
  if (part.reason === 'tool-calls') return heard;
  if (part.reason === 'stop') return [...heard, { type: 'end', end: { ok: true } }];
  const message = `its model stopped: ${String(part.reason)}`;
  return [...heard, { type: 'end', end: { ok: false, why: 'failed', message } }];
}

function kindOf(status: unknown): FailureKind {
  if (typeof status !== 'number') return 'failed';
  if (status === 429) return 'rate_limited';
  if (status === 401 || status === 403) return 'auth';
  return status >= 500 ? 'overloaded' : 'invalid';
}
