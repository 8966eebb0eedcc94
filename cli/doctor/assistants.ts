import { findAssistant, missingAssistant, versionOf } from '../../config/assistants.ts';
import { loadConfig } from '../../config/load.ts';
import type { CodingAgentSettings } from '../../contracts/coding.ts';
import type { Check } from './check.ts';

/** Which coding assistants of the roster are on PATH here, in which version, and whether anything lets them in. */
export async function assistantChecks(): Promise<Check[]> {
  const { roster } = loadConfig();
  const agents = roster.flatMap(({ name, coding }) => (coding ? [{ name, coding }] : []));
  return await Promise.all(agents.map(({ name, coding }) => assistantCheck(name, coding)));
}

async function assistantCheck(agent: string, coding: CodingAgentSettings): Promise<Check> {
  const name = `Coding assistant ${agent}`;
  const { path, access } = findAssistant(coding, process.env);
  const missing = missingAssistant(coding, process.env);
  const version = path === null ? null : ((await versionOf(path)) ?? 'of an unknown version');
  const at = path === null ? 'not on PATH' : `${version}, ${path}`;
  const words = {
    key: 'a key is set in this shell',
    login: 'somebody is logged in',
    unknown: 'whether it has a key is not known',
  };
  const detail = path !== null && access ? `${at}; ${words[access]}` : at;
  // it is one of many that one may have, or not
  return {
    name,
    state: missing === null ? 'ok' : 'note',
    detail,
    ...(missing === null ? {} : { fix: missing }),
  };
}
