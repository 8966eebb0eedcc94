import type { CodingPermissions } from '../../../contracts/coding.ts';
import { findInHome } from '../home-files.ts';
import type { Driver, End, FailureKind, Heard, Launch, Line, Reader, Start } from './driver.ts';
import { list, object, text, usageOf } from './fields.ts';

/**
 * Claude Code, in its mode without a terminal.
 * @see https://code.claude.com/docs/en/headless
 */
export const claude: Driver = {
  name: 'claude',
  takes_session: true,
  tidies_up: true,
  limits_turns: true,
  has: (home, session) => findInHome(home, '.claude/projects', `${session}.jsonl`).length > 0,
  start,
  reader: createReader,
};

function start({
  settings,
  model,
  session,
  own_session,
  prompt,
  artifacts,
  turns_left,
  sandboxed,
}: Launch): Start {
  const isSpoken = settings.permissions === 'ask';
  return {
    args: [
      ...['-p', '--output-format', 'stream-json', '--verbose', '--include-partial-messages'],
      ...(session === null ? ['--session-id', own_session] : ['--resume', session]),
      ...(model === null ? [] : ['--model', model]),
      ...['--max-turns', String(turns_left)],
      ...RIGHTS[settings.permissions],
      // what stands in the folder starts no servers and no hooks
      ...['--strict-mcp-config', '--setting-sources', 'user'],
      ...['--add-dir', artifacts],
    ],
    ...(isSpoken ? { stdin: `${JSON.stringify(userMessage(prompt))}\n`, spoken: true } : { stdin: prompt }),
    env: {
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      DISABLE_AUTOUPDATER: '1',
      CLAUDE_CODE_MAX_OUTPUT_TOKENS: String(settings.max_output_tokens),
      // a rate limit is waited for without a process
      CLAUDE_CODE_MAX_RETRIES: '0',
      ...(sandboxed ? { IS_SANDBOX: '1' } : {}),
    },
  };
}

/** With `ask` it is spoken with over its stdin, as its own SDK does. */
const RIGHTS: Readonly<Record<CodingPermissions, readonly string[]>> = {
  all: ['--dangerously-skip-permissions'],
  edit: ['--permission-mode', 'acceptEdits'],
  ask: [
    ...['--permission-mode', 'acceptEdits', '--input-format', 'stream-json'],
    // what it asks people otherwise, nobody here could answer
    ...['--permission-prompt-tool', 'stdio', '--disallowedTools', 'AskUserQuestion'],
  ],
};

const userMessage = (content: string) => ({ type: 'user', message: { role: 'user', content } });

/** It asks leave for a call: gives what it is answered, null where a person has to be asked first. */
function answerTo({ request_id, request }: Record<string, unknown>, line: Line): object | null {
  const { subtype, tool_name, input, tool_use_id } = object(request);
  const respond = (response: object) => ({ type: 'control_response', response: { request_id, ...response } });
  if (subtype !== 'can_use_tool') return respond({ subtype: 'error', error: 'not supported' });
  const may = line.permit({
    ...{ tool_use_id: text(tool_use_id) ?? '', tool: text(tool_name) ?? 'tool', input: object(input) },
    // by its own rules it need not have asked
    ...{ kind: 'other', paths: [] },
  });
  if (may === null) return null;
  const response = may ? { behavior: 'allow' } : { behavior: 'deny', message: 'A person denied it.' };
  return respond({ subtype: 'success', response });
}

function createReader(_: unknown, to: Line): Reader {
  let calls = 0;
  /** the call under way of each conversation: its own, and those of agents that it started */
  const open = new Map<string, { call: string; model: string | null }>();

  const ofStream = (event: Record<string, unknown>, parent: string): Heard[] => {
    const message = object(event.message);
    if (event.type === 'message_start') {
      calls += 1;
      const begun = { call: String(calls), model: text(message.model) ?? null };
      open.set(parent, begun);
      return [{ type: 'usage', ...begun, usage: wireUsage(message.usage) }];
    }
    if (event.type === 'message_delta') {
      const begun = open.get(parent);
      if (!begun) return [];
      open.delete(parent);
      const used: Heard = { type: 'usage', ...begun, usage: wireUsage(event.usage) };
      return parent === '' ? [used, { type: 'turn' }] : [used];
    }
    const delta = text(object(event.delta).text);
    if (event.type !== 'content_block_delta' || delta === undefined || parent !== '') return [];
    return [{ type: 'delta', text: delta }];
  };

  return (given) => {
    const line = object(given);
    switch (line.type) {
      case 'system': {
        const id = text(line.session_id);
        return line.subtype === 'init' && id ? [{ type: 'session', id }] : [];
      }
      case 'stream_event':
        return ofStream(object(line.event), text(line.parent_tool_use_id) ?? '');
      case 'assistant':
        return line.error === undefined ? said(object(line.message)) : [];
      case 'user':
        return results(object(line.message));
      case 'control_request': {
        const answer = answerTo(line, to);
        if (answer) to.send(answer);
        return [];
      }
      case 'result':
        return [...totals(line), { type: 'end', end: endOf(line) }];
      default:
        return [];
    }
  };
}

const wireUsage = (given: unknown) => {
  const used = object(given);
  return usageOf(
    used.input_tokens,
    used.output_tokens,
    used.cache_read_input_tokens,
    used.cache_creation_input_tokens,
  );
};

function said({ content }: Record<string, unknown>): Heard[] {
  return list(content).flatMap((given): Heard[] => {
    const block = object(given);
    const words = text(block.text);
    if (block.type === 'text' && words) return [{ type: 'text', text: words }];
    const [id, name] = [text(block.id), text(block.name)];
    if (block.type !== 'tool_use' || !id || !name) return [];
    return [{ type: 'tool_use', id, name, input: object(block.input) }];
  });
}

function results({ content }: Record<string, unknown>): Heard[] {
  return list(content).flatMap((given): Heard[] => {
    const block = object(given);
    const id = text(block.tool_use_id);
    if (block.type !== 'tool_result' || !id) return [];
    const parts = list(block.content).map((part) => text(object(part).text) ?? '[no text]');
    return [
      {
        type: 'tool_result',
        id,
        content: text(block.content) ?? parts.join('\n'),
        is_error: block.is_error === true,
      },
    ];
  });
}

/** `modelUsage` is of the whole conversation, earlier starts included. */
function totals(line: Record<string, unknown>): Heard[] {
  const models = Object.entries(object(line.model_usage_since_last_result)).map(([model, given]) => {
    const used = object(given);
    return {
      model,
      usage: usageOf(
        used.inputTokens,
        used.outputTokens,
        used.cacheReadInputTokens,
        used.cacheCreationInputTokens,
      ),
    };
  });
  return models.length === 0 ? [] : [{ type: 'total', models }];
}

function endOf(line: Record<string, unknown>): End {
  const result = text(line.result);
  if (line.subtype === 'success' && line.is_error !== true) {
    return { ok: true, ...(result === undefined ? {} : { text: result }) };
  }
  const errors = list(line.errors).flatMap((one) => text(one) ?? []);
  const message = result ?? (errors.join('; ') || String(line.subtype ?? 'it did not say why'));
  return { ok: false, why: kindOf(line), message };
}

function kindOf({ subtype, api_error_status: status }: Record<string, unknown>): FailureKind {
  if (subtype === 'error_max_turns') return 'turns';
  if (typeof status !== 'number') return 'failed';
  if (status === 429) return 'rate_limited';
  if (status === 401 || status === 403) return 'auth';
  return status >= 500 ? 'overloaded' : 'invalid';
}
