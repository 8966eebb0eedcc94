import { execFile } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { CodingAgentSettings } from '../contracts/coding.ts';
import { factsOf } from '../contracts/coding-drivers.ts';
import type { Env } from './env.ts';
import { findProgram, isExecutable } from './find-program.ts';

type Named = Pick<CodingAgentSettings, 'driver' | 'command' | 'billing' | 'provider' | 'variables'>;

/** What there is of a coding assistant on this machine, as far as can be told without asking it. */
export interface FoundAssistant {
  /** its program; null: it is not there */
  path: string | null;
  /** how it is let in: by a key, or a login; unknown: that can't be told; null: neither is there */
  access: 'key' | 'login' | 'unknown' | null;
}

/** Looks for an assistant's program, and for what lets it in. */
export function findAssistant(coding: Named, env: Env): FoundAssistant {
  return { path: assistantPath(coding, env.PATH) ?? null, access: accessOf(coding, env) };
}

/** Why an assistant can't work on this machine, and what to do; null where it can. */
export function missingAssistant(coding: Named, env: Env): string | null {
  const { billing, command } = coding;
  const { path, access } = findAssistant(coding, env);
  const { program, keys, log_in } = factsOf(coding);
  if (path === null)
    return `The program \`${command ?? program}\` is not on the worker's PATH: install it there.`;
  if (access !== null) return null;
  return billing === 'subscription'
    ? `Nobody is logged in to \`${program}\` as the worker's user: log in there (${log_in}).`
    : `\`${program}\` has no key: set ${keys.join(' or ')} for the worker, or say \`billing: subscription\` in its file where somebody is logged in.`;
}

/** The program of an assistant; undefined: it is not there. */
export function assistantPath(coding: Pick<Named, 'driver' | 'command'>, path = ''): string | undefined {
  const name = coding.command ?? factsOf(coding).program;
  if (isAbsolute(name)) return isExecutable(name) ? name : undefined;
  return findProgram(name, path);
}

/** The files of a login that lie in a HOME, by their path there. */
export const loginsIn = (home: string, logins: readonly string[]): string[] =>
  logins.filter((path) => existsSync(join(home, path)));

const versions = new Map<string, Promise<string | null>>();
const VERSION_MS = 15_000;

/** What a program says of its version, once for each that was installed; null: it does not say. */
export function versionOf(path: string): Promise<string | null> {
  const key = `${path} ${statSync(path, { throwIfNoEntry: false })?.mtimeMs}`;
  const known = versions.get(key) ?? askVersion(path);
  versions.set(key, known);
  return known;
}

const askVersion = (path: string): Promise<string | null> =>
  new Promise((resolve) => {
    // nothing of ours: it is somebody else's program
    const env = { PATH: process.env.PATH ?? '', HOME: tmpdir() };
    execFile(path, ['--version'], { env, cwd: tmpdir(), timeout: VERSION_MS }, (error, stdout) => {
      const said = /\d+\.\d+[\w.+-]*/.exec(stdout)?.[0];
      resolve(error || said === undefined ? null : said);
    });
  });

function accessOf(coding: Named, env: Env): FoundAssistant['access'] {
  const { keys, logins, variables } = factsOf(coding);
  const has = (names: readonly string[]) => names.some((name) => env[name]);
  if (keys.length === 0 && (coding.billing === 'api' || logins.length === 0)) return 'unknown';
  if (coding.billing === 'api') return has(keys) ? 'key' : null;
  const tokens = variables.subscription.filter((name) => /TOKEN$/.test(name));
  return has(tokens) || loginsIn(env.HOME || homedir(), logins).length > 0 ? 'login' : null;
}
