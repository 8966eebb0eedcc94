import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onPath } from '../../toolchain/run.ts';

/** A PATH and a HOME of their own: only what a test puts there can be found. */
export interface FakeMachine {
  readonly folder: string;
  readonly env: { PATH: string; HOME: string };
  /** Puts a shell script on PATH; gives its path. */
  install(name: string, script: string): Promise<string>;
  remove(): Promise<void>;
}

/** Makes a machine that has nothing but the tools to unpack and copy. */
export async function fakeMachine(): Promise<FakeMachine> {
  const folder = await mkdtemp(join(tmpdir(), 'orchestrator-machine-'));
  const bin = join(folder, 'bin');
  await mkdir(bin);
  for (const tool of ['tar', 'gzip', 'cat', 'cp', 'sleep']) {
    const real = await onPath(tool);
    if (real) await symlink(real, join(bin, tool));
  }
  return {
    folder,
    env: { PATH: bin, HOME: folder },
    install: async (name, script) => {
      const path = join(bin, name);
      await writeFile(path, script, { mode: 0o755 });
      return path;
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** A program that answers the questions by which a Temporal CLI is recognised. */
export function temporalScript(options: { server?: string; flags?: string } = {}): string {
  const flags = options.flags ?? '--db-filename --dynamic-config-value --search-attribute --sqlite-pragma';
  return `#!/bin/sh
case "$*" in
  --version) echo "temporal version 1.8.2 (Server ${options.server ?? '1.31.2'}, UI 2.50.1)" ;;
  "server start-dev --help") echo "${flags}" ;;
  *) exit 1 ;;
esac
`;
}
