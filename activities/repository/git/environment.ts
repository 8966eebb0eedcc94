import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whoever commits and merges for jobs. */
export const COMMITTER = { name: 'Orchestrator', email: 'orchestrator@localhost' };

/** Variables of a call that commits as {@link COMMITTER} at an ISO time: the same commit has the same sha whenever it is made. */
export function committedAt(time: string): Record<string, string> {
  const { name, email } = COMMITTER;
  const date = `@${Math.floor(Date.parse(time) / 1000)} +0000`;
  return {
    ...{ GIT_AUTHOR_NAME: name, GIT_AUTHOR_EMAIL: email, GIT_AUTHOR_DATE: date },
    ...{ GIT_COMMITTER_NAME: name, GIT_COMMITTER_EMAIL: email, GIT_COMMITTER_DATE: date },
  };
}

/**
 * Settings over those of any repository. Paths of hooks and programs that a repository names are not run. Nothing is
 * cleaned up by git itself: what a ref of a job named a moment ago may be what an agent works on.
 */
const ENFORCED: readonly (readonly [string, string])[] = [
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['core.untrackedCache', 'false'],
  ['core.askPass', ''],
  ['core.sshCommand', 'ssh -oBatchMode=yes'],
  ['core.pager', 'cat'],
  ['core.autocrlf', 'false'],
  ['core.quotePath', 'true'],
  ['core.protectHFS', 'true'],
  ['core.protectNTFS', 'true'],
  ['credential.helper', ''],
  ['http.followRedirects', 'false'],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  ['fetch.recurseSubmodules', 'false'],
  ['submodule.recurse', 'false'],
  ['fetch.writeCommitGraph', 'false'],
  ['protocol.ext.allow', 'never'],
  ['commit.gpgSign', 'false'],
  ['tag.gpgSign', 'false'],
  ['push.gpgSign', 'false'],
  ['diff.external', ''],
  ['advice.detachedHead', 'false'],
  ['init.defaultBranch', 'main'],
];

let configFile: string | undefined;

/**
 * Our whole configuration of git for this process: who commits, and that repositories of other users may be read. In a folder
 * that nobody else can have made before, and made again where something has cleaned it away.
 */
function ownConfig(): string {
  if (configFile && existsSync(configFile)) return configFile;
  const folder = mkdtempSync(join(tmpdir(), 'orchestrator-git-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  configFile = join(folder, 'config');
  const { name, email } = COMMITTER;
  writeFileSync(configFile, `[user]\n\tname = ${name}\n\temail = ${email}\n[safe]\n\tdirectory = *\n`, {
    mode: 0o600,
  });
  return configFile;
}

/**
 * The whole environment of a call of git. Of the worker's own only the path of programs and the place of temporary files get
 * in, so that no setting or key of the service does.
 */
export function gitEnvironment(inherited: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const config = Object.fromEntries(
    ENFORCED.flatMap(([key, value], index) => [
      [`GIT_CONFIG_KEY_${index}`, key],
      [`GIT_CONFIG_VALUE_${index}`, value],
    ]),
  );
  return {
    PATH: inherited.PATH ?? '/usr/local/bin:/usr/bin:/bin',
    ...(inherited.TMPDIR === undefined ? {} : { TMPDIR: inherited.TMPDIR }),
    HOME: '/nonexistent',
    LC_ALL: 'C.UTF-8',
    TZ: 'UTC',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: ownConfig(),
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '',
    SSH_ASKPASS: '',
    GIT_EDITOR: 'true',
    GIT_PAGER: 'cat',
    GIT_OPTIONAL_LOCKS: '0',
    // a repository that has its objects in part is not completed on the side, from wherever it says
    GIT_NO_LAZY_FETCH: '1',
    GIT_CONFIG_COUNT: String(ENFORCED.length),
    ...config,
  };
}
