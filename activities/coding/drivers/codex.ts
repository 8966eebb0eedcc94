import type { Usage } from '../../../contracts/money.ts';
import { findInHome } from '../home-files.ts';
import type { Driver, FailureKind, Heard, Launch, Reader, Start } from './driver.ts';
import { list, object, text, tokens } from './fields.ts';

const SESSIONS = '.codex/sessions';

/**
 * Codex, in its mode without a terminal. What it prints tells the use of a whole conversation once it has ended; the file that it keeps
 * of the conversation tells that of every call as it goes.
 * @see https://developers.openai.com/codex/noninteractive
 */
export const codex: Driver = {
  name: 'codex',
  takes_session: false,
  tidies_up: false,
  limits_turns: false,
  has: (home, session) => findInHome(home, SESSIONS, `${session}.jsonl`).length > 0,
  start,
  reader: createReader,
  journal: {
    folder: SESSIONS,
    ends: (session) => `${session}.jsonl`,
    reader: () => readJournal,
  },
};

function start({ settings, model, session, prompt, artifacts, sandboxed, environment }: Launch): Start {
  const free = sandboxed || settings.permissions === 'all';
  const set = (name: string, value: unknown) => ['-c', `${name}=${toToml(value)}`];
  const provider = {
    name: 'OpenAI',
    base_url: environment.OPENAI_BASE_URL ?? 'https://api.openai.com/v1',
    env_key: 'OPENAI_API_KEY',
    wire_api: 'responses',
    // a rate limit is waited for without a process
    request_max_retries: 0,
    stream_max_retries: 0,
  };
  return {
    args: [
      'exec',
      ...(session === null ? [] : ['resume']),
      ...['--json', '--skip-git-repo-check'],
      ...(model === null ? [] : ['-m', model]),
      ...set('approval_policy', 'never'),
      ...set('sandbox_mode', free ? 'danger-full-access' : 'workspace-write'),
      ...(free ? [] : set('sandbox_workspace_write.writable_roots', [artifacts])),
      // its own provider takes no key from the environment
      ...(settings.billing === 'api'
        ? [...set('model_provider', 'orchestrator'), ...set('model_providers.orchestrator', provider)]
        : []),
      ...(session === null ? [] : [session]),
      '-',
    ],
    stdin: prompt,
    env: {},
  };
}

/** A value as TOML writes it, on one line. */
function toToml(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(toToml).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([name, inner]) => `${name}=${toToml(inner)}`)
    .join(',')}}`;
}

function createReader(): Reader {
  const begun = new Set<string>();
  let said: string | undefined;
  return (given) => {
    const line = object(given);
    const item = object(line.item);
    switch (line.type) {
      case 'thread.started': {
        const id = text(line.thread_id);
        return id ? [{ type: 'session', id }] : [];
      }
      case 'item.started': {
        const used = toolUse(item);
        if (used && begun.size < MOST_OPEN) begun.add(used.id);
        return used ? [used] : [];
      }
      case 'item.completed': {
        const words = text(item.text);
        if (item.type === 'agent_message' && words) {
          said = words;
          return [{ type: 'text', text: words }];
        }
        const used = toolUse(item);
        if (!used) return [];
        return [...(begun.delete(used.id) ? [] : [used]), toolResult(used.id, item)];
      }
      case 'turn.completed':
        return [{ type: 'end', end: { ok: true, ...(said === undefined ? {} : { text: said }) } }];
      case 'turn.failed': {
        const message = text(object(line.error).message) ?? 'it did not say why';
        return [{ type: 'end', end: { ok: false, why: kindOf(message), message } }];
      }
      default:
        return [];
    }
  };
}

const MOST_OPEN = 1000;

/** What it does besides talking; a warning is an item of the type error, and no tool. */
function toolUse(item: Record<string, unknown>): Extract<Heard, { type: 'tool_use' }> | null {
  const id = text(item.id);
  if (!id) return null;
  const used = (name: string, input: Record<string, unknown>) => ({
    type: 'tool_use' as const,
    id,
    name,
    input,
  });
  switch (item.type) {
    case 'command_execution':
      return used('shell', { command: text(item.command) ?? '' });
    case 'file_change':
      return used('apply_patch', { changes: list(item.changes) });
    case 'mcp_tool_call':
      return used(`${text(item.server) ?? ''}__${text(item.tool) ?? ''}`, object(item.arguments));
    case 'web_search':
      return used('web_search', { query: text(item.query) ?? '' });
    default:
      return null;
  }
}

function toolResult(id: string, item: Record<string, unknown>): Heard {
  const output = text(item.aggregated_output) ?? text(object(item.error).message) ?? text(item.status) ?? '';
  const code = item.exit_code;
  const ended = typeof code === 'number' && code !== 0 ? `\n[exit code ${code}]` : '';
  return { type: 'tool_result', id, content: `${output}${ended}`, is_error: item.status === 'failed' };
}

function kindOf(message: string): FailureKind {
  const status = Number(/\bstatus:? (\d{3})\b/.exec(message)?.[1]);
  if (status === 429 || /usage limit|rate limit/i.test(message)) return 'rate_limited';
  if (status === 401 || status === 403) return 'auth';
  if (status >= 500 || /high demand|overloaded|stream disconnected/i.test(message)) return 'overloaded';
  return status >= 400 ? 'invalid' : 'failed';
}

/** A record of one call in the file of a conversation. */
const readJournal: Reader = (given) => {
  const { type, payload } = object(given);
  const { response_id, usage } = object(payload);
  const call = text(response_id);
  if (type !== 'token_usage_record' || !call) return [];
  return [{ type: 'usage', call, model: null, usage: ofOpenAi(object(usage)) }, { type: 'turn' }];
};

/** Its input counts what was read from the cache, and written to it. */
function ofOpenAi(used: Record<string, unknown>): Usage {
  const cache_read_tokens = tokens(used.cached_input_tokens);
  const cache_write_tokens = tokens(used.cache_write_input_tokens);
  const all = tokens(used.input_tokens);
  return {
    input_tokens: Math.max(0, all - cache_read_tokens - cache_write_tokens),
    output_tokens: tokens(used.output_tokens),
    cache_read_tokens,
    cache_write_tokens,
  };
}
