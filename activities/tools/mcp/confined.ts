import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { getDefaultEnvironment } from '@modelcontextprotocol/sdk/client/stdio.js';
import type { Sandbox } from '../../sandbox/sandbox.ts';

/** A program to start, with what it gets beside the few variables that all servers get. */
export interface ServerProgram {
  command: string;
  args: string[];
  env: Record<string, string>;
}

/** Where and how programs of servers run. */
export interface ServerPlace {
  sandbox: Sandbox;
  /** absolute; a folder for each server lies in it, its home */
  homes_dir: string;
}

/**
 * Puts the program of a server into a sandbox. It works in a home of its own, which stays, and sees the files and folders that its
 * command and arguments name by absolute paths.
 * @returns how to start it, and what to call once it has ended
 */
export async function confinedServer(
  { sandbox, homes_dir }: ServerPlace,
  name: string,
  { command, args, env }: ServerProgram,
): Promise<ServerProgram & { ended(): void }> {
  const home = join(homes_dir, name);
  await mkdir(home, { recursive: true, mode: 0o700 });
  const tmp = await mkdtemp(join(tmpdir(), 'orchestrator-mcp-'));
  const own = { ...getDefaultEnvironment(), HOME: home, TMPDIR: '/tmp', ...env };
  const confined = sandbox.confine(
    { program: command, args, cwd: home, env: own },
    {
      writable: [],
      hidden: [],
      readable: [command, ...args].filter((path) => isAbsolute(path) && existsSync(path)),
      network: sandbox.networkOf(undefined, { planned: false }),
      tmp,
      home,
    },
    { tells: false },
  );
  // whoever starts it has no descriptor to give it but 0, 1 and 2
  const options = join(tmp, 'options');
  await writeFile(options, confined.options, { mode: 0o600 });
  return {
    command: '/bin/sh',
    args: ['-c', TAKE_OPTIONS, 'sh', options, confined.program, ...confined.args],
    env: {},
    ended: () => void rm(tmp, { recursive: true, force: true }).catch(() => {}),
  };
}

const TAKE_OPTIONS = 'exec 3<"$1" && rm -f "$1" && shift && exec "$@"';
