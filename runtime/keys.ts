import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import type { Env } from '../config/env.ts';
import { isSecretName } from '../config/secret-values.ts';

/** Descriptor at which the worker and the API find the pipe with their keys. */
const KEYS_FD = 4;

/** What a process of ours is started with: its environment without keys, and the text for its pipe. */
export interface HandedOver {
  env: Record<string, string>;
  keys: string;
}

/**
 * Divides an environment, so that the keys in it are at no moment in `/proc/<pid>/environ` of the process that gets them:
 * everybody of the same user can read that, commands of tasks among them.
 */
export function handOver(env: Env): HandedOver {
  const given = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const plain = given.filter(([name]) => !isSecretName(name));
  const keys = given.filter(([name]) => isSecretName(name));
  return {
    env: { ...Object.fromEntries(plain), ORCHESTRATOR_KEYS_FD: String(KEYS_FD) },
    keys: JSON.stringify(Object.fromEntries(keys)),
  };
}

/**
 * Takes over keys that the launcher handed over, and makes those that this process was started with unreadable for others: its own, and those of
 * the npm that runs nothing but this script. The first thing that a process of ours does.
 * @returns processes above that still show keys
 */
export function takeKeys(): number[] {
  const fd = process.env.ORCHESTRATOR_KEYS_FD;
  if (fd !== undefined) {
    delete process.env.ORCHESTRATOR_KEYS_FD;
    Object.assign(process.env, JSON.parse(readFileSync(Number(fd), 'utf8')));
    closeSync(Number(fd));
    return [];
  }
  if (process.platform !== 'linux') return [];
  // the C library moves what is set anew; what it moved stays when the old place is overwritten
  for (const [name, value] of Object.entries(process.env)) if (isSecretName(name)) process.env[name] = value;
  return [process.pid, ...npmAbove()].filter((pid) => !hideKeys(pid));
}

/**
 * Overwrites values of keys where the system shows a process's environment; its own `getenv` would find them empty.
 * @returns whether none is readable any more
 */
function hideKeys(pid: number): boolean {
  try {
    const found = keysIn(pid);
    if (found.length === 0) return true;
    const begin = environmentBegin(pid);
    const memory = openSync(`/proc/${pid}/mem`, 'r+');
    try {
      for (const { at, length } of found) writeSync(memory, Buffer.alloc(length), 0, length, begin + at);
    } finally {
      closeSync(memory);
    }
    return keysIn(pid).length === 0;
  } catch {
    return false;
  }
}

/** Where values of keys stand in a process's environment. */
function keysIn(pid: number): { at: number; length: number }[] {
  const found: { at: number; length: number }[] = [];
  let at = 0;
  for (const entry of readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0')) {
    const equals = entry.indexOf('=');
    const length = entry.length - equals - 1;
    if (equals > 0 && length > 0 && isSecretName(entry.slice(0, equals)))
      found.push({ at: at + equals + 1, length });
    at += entry.length + 1;
  }
  return found;
}

// Field 50 of proc_pid_stat(5).
const environmentBegin = (pid: number): number => Number(statOf(pid)[47]);
const parentOf = (pid: number): number => Number(statOf(pid)[1]);

/** Fields of /proc/<pid>/stat after the name, which is in brackets and may hold anything. */
function statOf(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** npm, and its shell, where they wait for this process and for nothing else: they need no key any more. */
function npmAbove(): number[] {
  const script = process.env.npm_lifecycle_script;
  if (!script || /[;&|\n]/.test(script)) return [];
  const above: number[] = [];
  try {
    for (let pid = parentOf(process.pid); pid > 1 && above.length < 2; pid = parentOf(pid)) {
      const [program = '', ...args] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      const isNpm = /^npm( |$)/.test(program) || args.some((arg) => /\bnpm-cli\.js$/.test(arg));
      const isShell = args[0] === '-c' && args.some((arg) => arg.startsWith(script));
      if (isNpm || isShell) above.push(pid);
      if (!isShell) break;
    }
  } catch {} // ended meanwhile
  return above;
}
