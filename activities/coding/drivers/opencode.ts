import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { factsOf } from '../../../contracts/coding-drivers.ts';
import type { ProviderName } from '../../../contracts/spec.ts';
import { acpHello, acpReader } from '../acp/acp.ts';
import { findInHome } from '../home-files.ts';
import type { Driver, FailureKind, Heard, Launch, Reader, Start } from './driver.ts';
import { createFirstTime, object, text, tokens, usageOf } from './fields.ts';

/** Where our plugin is, and where it writes what it hears. */
const OURS = '.orchestrator';
const EVENTS = 'events.jsonl';
const CALL = 'orchestrator.call';
/** Names the file that says how many calls it may let through. */
const CALLS_VARIABLE = 'ORCHESTRATOR_CALLS';

/**
 * opencode, by the Agent Client Protocol. What each answer used is told by a plugin of ours, which writes events of opencode to a
 * file: the protocol tells that of the last answer only. Since that is known only when its tools have run, the plugin holds each call of
 * its model until it is let on.
 * @see https://opencode.ai/docs/acp
 */
export const opencode: Driver = {
  name: 'opencode',
  takes_session: false,
  tidies_up: false,
  limits_turns: false,
  // its plugins and tools there are run also where it is told to use no settings of a project (1.18)
  runs_from: '.opencode',
  has: (home) => findInHome(home, '.local/share/opencode', 'opencode.db').length > 0,
  start,
  // it tells the tokens of its last answer as those of all
  reader: (launch, line) => acpReader(launch, line, { totals: () => [] }),
  journal: { folder: OURS, ends: () => EVENTS, reader: createJournalReader },
};

/** Its own names of providers. */
const PROVIDERS: Partial<Record<ProviderName, string>> = { gemini: 'google' };
/** What is put after an address that was given without it. */
const VERSIONS: Readonly<Record<string, string>> = { anthropic: '/v1', openai: '/v1', google: '/v1beta' };

const PLUGIN = `import { appendFileSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
const tell = (event) =>
  appendFileSync(new URL('${EVENTS}', import.meta.url), JSON.stringify(event) + '\\n');
const letOn = () => Number(readFileSync(process.env.${CALLS_VARIABLE}, 'utf8'));
const wanted = ({ type, properties: { info, status } = {} }) =>
  (type === 'message.updated' && info?.role === 'assistant' && (info.time?.completed || info.error)) ||
  (type === 'session.status' && status?.type === 'retry');
export const Orchestrator = async () => {
  let calls = 0;
  return {
    event: async ({ event }) => {
      if (wanted(event)) tell(event);
    },
    'chat.params': async () => {
      calls += 1;
      const call = calls;
      tell({ type: '${CALL}', call });
      while (letOn() < call) await wait(10);
    },
  };
};
`;

function start({ settings, model, session, home, calls_file, environment }: Launch): Start {
  const { provider } = factsOf(settings);
  const name = PROVIDERS[provider] ?? provider;
  const address = Object.entries(environment).find(([variable]) => variable.endsWith('_BASE_URL'))?.[1];
  const free = settings.permissions === 'all' ? 'allow' : 'ask';
  const config = {
    plugin: [pathToFileURL(join(home, OURS, 'plugin.js')).href],
    ...(model === null ? {} : { model: model.includes('/') ? model : `${name}/${model}` }),
    ...(address ? { provider: { [name]: { options: { baseURL: withVersion(name, address) } } } } : {}),
    autoupdate: false,
    share: 'disabled',
    // a call of a model that nobody would hear of
    agent: { title: { disable: true } },
    // it goes on when a call is refused
    experimental: { continue_loop_on_deny: true },
    // what it asks leave for is decided by us
    permission: {
      // the latter would be run when it is started again
      edit: { '*': 'allow', '*.opencode/*': 'deny' },
      bash: free,
      webfetch: free,
      external_directory: free,
    },
  };
  return {
    args: ['acp'],
    stdin: acpHello(),
    spoken: true,
    env: {
      [CALLS_VARIABLE]: calls_file,
      OPENCODE_CONFIG_CONTENT: JSON.stringify(config),
      OPENCODE_DISABLE_AUTOUPDATE: '1',
      OPENCODE_DISABLE_MODELS_FETCH: '1',
      OPENCODE_DISABLE_DEFAULT_PLUGINS: '1',
      OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
      // settings, plugins and servers that lie in the folder it works in
      OPENCODE_DISABLE_PROJECT_CONFIG: '1',
      OPENCODE_EXPERIMENTAL_OUTPUT_TOKEN_MAX: String(settings.max_output_tokens),
    },
    files: {
      [join(OURS, 'plugin.js')]: PLUGIN,
      // what earlier conversations used is told already
      ...(session === null ? { [join(OURS, EVENTS)]: '' } : {}),
    },
  };
}

function withVersion(provider: string, address: string): string {
  const version = VERSIONS[provider] ?? '';
  const plain = address.replace(/\/$/, '');
  return plain.endsWith(version) ? plain : plain + version;
}

/** Reads the events that the plugin wrote: of its conversation, and of those of agents that it starts itself. */
function createJournalReader(session: string): Reader {
  const isFirst = createFirstTime();
  return (given) => {
    const { type, properties, call: number } = object(given);
    if (type === CALL) return typeof number === 'number' ? [{ type: 'waits', call: number }] : [];
    const { info, status, sessionID } = object(properties);
    if (type === 'session.status') {
      const message = text(object(status).message) ?? 'its provider gave no answer';
      // it would go on asking
      return [{ type: 'end', end: { ok: false, why: 'overloaded', message } }];
    }
    const { id, modelID, tokens: used, error, sessionID: own } = object(info);
    const call = text(id);
    if (type !== 'message.updated' || !call) return [];
    const counted: Heard = {
      type: 'usage',
      call,
      model: text(modelID) ?? null,
      usage: ofOpencode(object(used)),
    };
    const ended = error && (own ?? sessionID) === session ? endOf(object(error)) : [];
    return [counted, ...(isFirst(call) ? [{ type: 'turn' as const }] : []), ...ended];
  };
}

function ofOpencode({ input, output, reasoning, cache }: Record<string, unknown>) {
  const { read, write } = object(cache);
  return usageOf(input, tokens(output) + tokens(reasoning), read, write);
}

function endOf({ name, data }: Record<string, unknown>): Heard[] {
  if (name === 'MessageAbortedError') return [];
  const { message, statusCode } = object(data);
  const words = text(message) ?? text(name) ?? 'it did not say why';
  return [{ type: 'end', end: { ok: false, why: kindOf(name, statusCode), message: words } }];
}

function kindOf(name: unknown, status: unknown): FailureKind {
  if (name === 'ProviderAuthError' || status === 401 || status === 403) return 'auth';
  if (status === 429) return 'rate_limited';
  if (typeof status !== 'number') return 'failed';
  return status >= 500 ? 'overloaded' : 'invalid';
}
