import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { tempFolder } from './bare.ts';

/** The calls of git that the engine makes. */
export interface GitCalls {
  /** how many there were */
  count(): number;
  /** that many calls from the beginning on, the call is killed before it does anything, once */
  failAt(n: number): void;
  stop(): void;
}

/** Puts a program in the place of git that counts, and passes on. Calls of the tests themselves do not count. */
export function watchGit(): GitCalls {
  const folder = tempFolder();
  const log = join(folder, 'log');
  const fail = join(folder, 'fail');
  const real = execFileSync('sh', ['-c', 'command -v git']).toString().trim();
  const script = `#!/bin/sh
if [ -n "$ORCHESTRATOR_RUN_ID" ]; then
  echo "$1 $2 $3" >> ${log}
  if [ -e ${fail} ] && [ "$(wc -l < ${log})" -ge "$(cat ${fail})" ]; then rm ${fail}; kill -9 $$; fi
fi
PATH="\${PATH#*:}"
exec ${real} "$@"
`;
  writeFileSync(join(folder, 'git'), script);
  chmodSync(join(folder, 'git'), 0o755);
  const before = process.env.PATH!;
  process.env.PATH = `${folder}:${before}`;
  const stop = () => {
    process.env.PATH = before;
    rmSync(fail, { force: true });
  };
  onTestFinished(stop);
  return {
    count: () => (existsSync(log) ? readFileSync(log, 'utf8').split('\n').length - 1 : 0),
    failAt: (n) => writeFileSync(fail, String(n)),
    stop,
  };
}
