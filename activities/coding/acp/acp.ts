import type { End, FailureKind, Heard, Launch, Line, Reader } from '../drivers/driver.ts';
import { list, object, text, tokens, usageOf } from '../drivers/fields.ts';
import { questionOf } from './permission.ts';
import { createUpdates } from './updates.ts';

/*
 * The Agent Client Protocol, version 1, as its client: JSON-RPC by lines. Four requests are all that is asked for, so that the lines
 * are read like those of other assistants. The protocol's own SDK prints what it can't handle to the console, with whatever stands
 * in it, past the mask of secrets.
 */

const VERSION = 1;
/** JSON-RPC's own codes. */
const NO_METHOD = -32_601;
const AUTH_REQUIRED = -32_000;

/** The requests that are sent, by their id. */
const INITIALIZE = 0;
const SESSION = 1;
const NEW_SESSION = 2;
const PROMPT = 3;

/** What it is sent first. */
export const acpHello = (): string =>
  `${JSON.stringify({
    ...{ jsonrpc: '2.0', id: INITIALIZE, method: 'initialize' },
    params: {
      protocolVersion: VERSION,
      clientInfo: { name: 'orchestrator', version: '1' },
      clientCapabilities: { fs: { readTextFile: false, writeTextFile: false }, terminal: false },
    },
  })}\n`;

/** What differs between agents that speak the protocol. */
export interface AcpKind {
  /** nothing else tells of the answers of its model: they are counted by what it does */
  counts_turns?: boolean;
  /** what the answer to its prompt says of the tokens that were used; left out: as the protocol has it */
  totals?(answer: Record<string, unknown>): Heard[];
}

/**
 * Reads what an agent says, and answers it: begins a conversation or goes on with one, gives it its prompt, and decides on what it
 * asks leave for. One that can't go on with its conversation begins a new one with its whole task.
 */
export function acpReader(launch: Launch, line: Line, kind: AcpKind = {}): Reader {
  const { cwd, session, prompt, task_prompt } = launch;
  const send = (message: object) => line.send({ jsonrpc: '2.0', ...message });
  const { counts_turns = false, totals = totalsOf } = kind;
  const updates = createUpdates(counts_turns);
  let current = session;
  let begun = false;

  const open = (id: number, method: string, more: object = {}) =>
    send({ id, method, params: { cwd, mcpServers: [], ...more } });
  const begin = (id: string, words: string): Heard[] => {
    current = id;
    begun = true;
    send({
      ...{ id: PROMPT, method: 'session/prompt' },
      params: { sessionId: id, prompt: [{ type: 'text', text: words }] },
    });
    return [{ type: 'session', id }];
  };
  const initialized = (result: Record<string, unknown>): void => {
    const { loadSession, sessionCapabilities } = object(result.agentCapabilities);
    const way = object(sessionCapabilities).resume ? 'session/resume' : 'session/load';
    const canGoOn = way === 'session/resume' || loadSession === true;
    if (session !== null && canGoOn) open(SESSION, way, { sessionId: session });
    else open(NEW_SESSION, 'session/new');
  };

  const answered = (id: unknown, result: Record<string, unknown>): Heard[] => {
    if (id === INITIALIZE) initialized(result);
    if (id === SESSION) return begin(session!, prompt);
    if (id === NEW_SESSION) {
      const named = text(result.sessionId);
      if (!named) return [failed('failed', 'it gives its conversation no id')];
      return begin(named, session === null ? prompt : `${task_prompt}\n\n${prompt}`);
    }
    if (id !== PROMPT) return [];
    return [...updates.end(), ...totals(result), { type: 'end', end: endOf(text(result.stopReason)) }];
  };
  const refused = (id: unknown, error: Record<string, unknown>): Heard[] => {
    if (id === SESSION) {
      // it does not know its conversation any more
      open(NEW_SESSION, 'session/new');
      return [];
    }
    if (typeof id !== 'number' || id > PROMPT) return [];
    return [...updates.end(), failed(kindOf(error), messageOf(error))];
  };
  const asked = (id: unknown, method: string, params: Record<string, unknown>): Heard[] => {
    if (method !== 'session/request_permission') {
      send({ id, error: { code: NO_METHOD, message: 'Method not found' } });
      return [];
    }
    const heard = updates.hear({ sessionUpdate: 'tool_call_update', ...object(params.toolCall) }, true);
    const answer = line.permit(questionOf(updates.call(params)));
    if (answer !== null) send({ id, result: { outcome: outcomeOf(list(params.options), answer) } });
    return heard;
  };

  return (given) => {
    const { id, method, params, result, error } = object(given);
    const name = text(method);
    if (name !== undefined && id !== undefined) return asked(id, name, object(params));
    if (name === 'session/update') {
      const told = object(params);
      // what was said before is told again when a conversation is loaded
      return begun && told.sessionId === current ? updates.hear(object(told.update)) : [];
    }
    if (error !== undefined) return refused(id, object(error));
    return result === undefined ? [] : answered(id, object(result));
  };
}

function endOf(reason: string | undefined): End {
  if (reason === 'end_turn') return { ok: true };
  if (reason === 'max_turn_requests') return { ok: false, why: 'turns', message: 'it had no more turns' };
  return { ok: false, why: 'failed', message: `its model stopped: ${reason ?? 'it did not say why'}` };
}

const failed = (why: FailureKind, message: string): Heard => ({
  type: 'end',
  end: { ok: false, why, message },
});

/** Some give the status of their provider as the code. */
function kindOf({ code }: Record<string, unknown>): FailureKind {
  if (code === 429) return 'rate_limited';
  if (code === 401 || code === 403 || code === AUTH_REQUIRED) return 'auth';
  if (typeof code !== 'number' || code < 400) return 'failed';
  return code >= 500 ? 'overloaded' : 'invalid';
}

function messageOf({ message, data }: Record<string, unknown>): string {
  const { details, message: inner } = object(data);
  return [text(message) ?? 'it did not say why', text(details) ?? text(inner)].filter(Boolean).join(': ');
}

/** What is not offered can't be chosen: then nothing is. */
function outcomeOf(options: unknown[], allowed: boolean): object {
  const kinds = allowed ? ['allow_once', 'allow_always'] : ['reject_once', 'reject_always'];
  const found = kinds.flatMap((kind) => options.map(object).filter((option) => option.kind === kind));
  const optionId = text(found[0]?.optionId);
  return optionId === undefined ? { outcome: 'cancelled' } : { outcome: 'selected', optionId };
}

/** Where the answer to a prompt tells its tokens itself. */
function totalsOf({ usage }: Record<string, unknown>): Heard[] {
  const used = object(usage);
  const output = tokens(used.outputTokens) + tokens(used.thoughtTokens);
  const all = usageOf(used.inputTokens, output, used.cachedReadTokens, used.cachedWriteTokens);
  if (Object.values(all).every((count) => count === 0)) return [];
  return [{ type: 'total', models: [{ model: null, usage: all }] }];
}
