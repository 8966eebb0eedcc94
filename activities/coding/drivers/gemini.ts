import { closeSync, fstatSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { acpHello, acpReader } from '../acp/acp.ts';
import { findInHome, openInHome, writeInHome } from '../home-files.ts';
import { createJsonLines } from '../json-lines.ts';
import type { Driver, Heard, Launch, Line, Reader, Start } from './driver.ts';
import { createFirstTime, list, object, text, tokens, usageOf } from './fields.ts';

/** Where it keeps its conversations, one folder a project. */
const CHATS = '.gemini/tmp';

/** Its files have the beginning of the id in their names. */
const endOfFile = (session: string): string => `-${session.slice(0, 8)}.jsonl`;

/**
 * Gemini CLI, by the Agent Client Protocol. The file that it keeps of a conversation tells what each answer used.
 * @see https://geminicli.com/docs
 */
export const gemini: Driver = {
  name: 'gemini',
  takes_session: false,
  tidies_up: false,
  limits_turns: false,
  has: (home, session) => findInHome(home, CHATS, endOfFile(session)).length > 0,
  start,
  reader: createReader,
  beforeResume: mendConversation,
  journal: {
    folder: CHATS,
    ends: endOfFile,
    reader: createJournalReader,
  },
};

function start({ settings, model }: Launch): Start {
  const { billing, max_output_tokens } = settings;
  const longest = { generateContentConfig: { maxOutputTokens: max_output_tokens } };
  const own = {
    security: { auth: { selectedType: billing === 'api' ? 'gemini-api-key' : 'oauth-personal' } },
    // a rate limit is waited for without a process
    general: { maxAttempts: 1, enableAutoUpdate: false, enableAutoUpdateNotification: false },
    privacy: { usageStatisticsEnabled: false },
    telemetry: { enabled: false },
    ...(model === null
      ? {}
      : { modelConfigs: { customOverrides: [{ match: { model }, modelConfig: longest }] } }),
  };
  return {
    args: ['--acp', ...(model === null ? [] : ['--model', model])],
    stdin: acpHello(),
    spoken: true,
    env: { GEMINI_CLI_NO_RELAUNCH: 'true' },
    files: { '.gemini/settings.json': JSON.stringify(own) },
  };
}

/** A name that none of its own files has. */
const APART = 'session-2000-01-01T00-00';
/** A longer file is left as it is. */
const MOST_BYTES = 256 * 1024 * 1024;

/**
 * Two faults of it (0.61) would spoil a conversation that is gone on with. It names the file of a start by the minute, and writes over
 * that of a conversation which was begun in the same minute before it loads it: the file gets another name, and what is beside it holds
 * nothing that was said. And it tells its model twice what tools answered, which stands in the file with the calls and once more
 * as a message, also where it rewrites all messages; its provider refuses that: those messages go.
 */
function mendConversation(home: string, session: string): void {
  const [first, ...rest] = findInHome(home, CHATS, endOfFile(session));
  const fd = first === undefined ? null : openInHome(home, first);
  if (first === undefined || fd === null) return;
  let content: Buffer;
  try {
    if (fstatSync(fd).size > MOST_BYTES) return;
    content = readFileSync(fd);
  } finally {
    closeSync(fd);
  }
  const kept: string[] = [];
  const lines = createJsonLines(({ text: line, value }) => {
    const { messages } = object(object(value).$set);
    const told = list(messages).filter((message) => !isAnswerOfTools(message));
    if (told.length < list(messages).length) kept.push(JSON.stringify({ $set: { messages: told } }));
    else if (!isAnswerOfTools(value)) kept.push(line);
  });
  lines.push(content);
  lines.end();
  for (const path of rest) rmSync(join(home, path), { force: true });
  writeInHome(home, join(dirname(first), `${APART}${endOfFile(session)}`), `${kept.join('\n')}\n`);
  if (!first.includes(APART)) rmSync(join(home, first), { force: true });
}

function isAnswerOfTools(message: unknown): boolean {
  const { type, content } = object(message);
  const parts = list(content);
  return type === 'user' && parts.length > 0 && parts.every((part) => 'functionResponse' in object(part));
}

/**
 * It goes on telling what was said before after it has said that a conversation is loaded: what it says is taken from the file, and
 * calls that come with their end are old ones.
 */
function createReader(launch: Launch, line: Line): Reader {
  const read = acpReader(launch, line, { totals: (answer) => ofOtherModels(answer, launch) });
  const begun = new Set<string>();
  const isNew = (heard: Heard): boolean => {
    if (heard.type === 'tool_use' && begun.size < MOST_CALLS) begun.add(heard.id);
    return heard.type !== 'text' && (heard.type !== 'tool_result' || begun.has(heard.id));
  };
  return (given) => {
    const heard = read(given);
    const isOld =
      heard.some(({ type }) => type === 'tool_use') && heard.some(({ type }) => type === 'tool_result');
    return isOld ? [] : heard.filter(isNew);
  };
}

/** The record of each answer; it comes again when its tools have answered. */
function createJournalReader(): Reader {
  const isFirst = createFirstTime();
  return (given) => {
    const { type, id, tokens: used, model, content } = object(given);
    const call = text(id);
    if (type !== 'gemini' || !call || used === undefined || used === null) return [];
    const said = text(content);
    const counted: Heard = { type: 'usage', call, model: text(model) ?? null, usage: ofGemini(object(used)) };
    if (!isFirst(call)) return [counted];
    return [...(said ? [{ type: 'text' as const, text: said }] : []), counted, { type: 'turn' }];
  };
}

const MOST_CALLS = 100_000;

/** Its input counts what was read from the cache; what it thinks and what its tools took are beside. */
function ofGemini({ input, output, cached, thoughts, tool }: Record<string, unknown>) {
  const read = tokens(cached);
  const asked = Math.max(0, tokens(input) + tokens(tool) - read);
  return usageOf(asked, tokens(output) + tokens(thoughts), read, 0);
}

/** Models that it asks on the side are in no file: the answer to the prompt tells of them. */
function ofOtherModels({ _meta }: Record<string, unknown>, { model: own }: Launch): Heard[] {
  const models = list(object(object(_meta).quota).model_usage).flatMap((given) => {
    const { model, token_count } = object(given);
    const name = text(model);
    const { input_tokens, output_tokens } = object(token_count);
    if (own === null || !name || name === own) return [];
    return [{ model: name, usage: usageOf(input_tokens, output_tokens, 0, 0) }];
  });
  return models.length === 0 ? [] : [{ type: 'total', models }];
}
