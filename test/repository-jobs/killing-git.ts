import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** When a worker dies: before git does anything, while it works, or once it has. */
export const MOMENTS = ['before', 'beside', 'after'] as const;
export type Moment = (typeof MOMENTS)[number];

/** Programs in the place of git, and of what makes sandboxes for it, that count the calls of a worker, and kill the worker at one of them, once. */
export interface KillingGit {
  /** for `PATH` of the worker */
  path: string;
  /** from now on counts from 1, and kills at this call, of those with `only` in them; null: at none */
  arm(call: number | null, moment?: Moment, only?: string): void;
  /** what was called since, one line a call */
  calls(): string[];
  /** whether it has killed */
  hasKilled(): boolean;
  remove(): void;
}

export function killingGit(): KillingGit {
  const folder = mkdtempSync(join(tmpdir(), 'orchestrator-killing-git-'));
  const [log, at, killed] = [join(folder, 'log'), join(folder, 'at'), join(folder, 'killed')];
  const realOf = (name: string) =>
    execFileSync('sh', ['-c', `command -v ${name} || true`])
      .toString()
      .trim();
  // Programs are started by a child of the worker (activities/process/spawner.ts), or where it can't by the worker itself.
  // Calls that git makes of itself are not looked at. `mkdir` succeeds once.
  const scriptOf = (real: string) => `#!/bin/sh
PATH="\${PATH#*:}"
printf '%s\\n' "$(printf '%s' "$*" | tr '\\n' ' ')" >> '${log}'
worker=$PPID
if grep -q 'process/spawner' /proc/$PPID/cmdline 2>/dev/null; then
  worker=$(sed -n 's/^PPid:[[:space:]]*//p' /proc/$PPID/status)
fi
if [ -e '${at}' ]; then
  read -r call moment only < '${at}'
  case "$*" in *"$only"*) count=$(grep -cF -e "$only" '${log}');; *) count=0;; esac
  if [ "$worker" -gt 1 ] && [ "$count" -ge "$call" ] && mkdir '${killed}' 2>/dev/null; then
    case $moment in
      before) kill -9 $worker; exit 1;;
      beside) kill -9 $worker;;
      after) '${real}' "$@"; code=$?; kill -9 $worker; exit $code;;
    esac
  fi
fi
exec '${real}' "$@"
`;
  for (const name of ['git', 'bwrap']) {
    const real = realOf(name);
    if (real === '') continue;
    writeFileSync(join(folder, name), scriptOf(real));
    chmodSync(join(folder, name), 0o755);
  }
  return {
    path: `${folder}:${process.env.PATH}`,
    arm(call, moment = 'before', only = '') {
      for (const file of [log, at, killed]) rmSync(file, { recursive: true, force: true });
      if (call !== null) writeFileSync(at, `${call} ${moment} ${only}\n`);
    },
    calls: () => (existsSync(log) ? readFileSync(log, 'utf8').split('\n').filter(Boolean) : []),
    hasKilled: () => existsSync(killed),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
