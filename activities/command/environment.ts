import { delimiter, isAbsolute, join, resolve, sep } from 'node:path';
import { RUN_ID_VARIABLE } from '../process/process-tree.ts';

/** What of a run the environment of its command tells. */
export interface CommandEnvironmentInput {
  env: Record<string, string>;
  context_file: string;
  artifacts_dir: string;
  /** where the artifacts of its dependencies lie; left out: it has none */
  inputs_dir?: string | undefined;
  job_id: string;
  task_id: string;
  attempt: number;
  /** its own, in a sandbox; left out: the worker's */
  home?: string | undefined;
}

/**
 * The whole environment of a command: a few harmless variables of the worker, {@link NON_INTERACTIVE}, the task's own, and ours on top.
 * Nothing else of the worker's environment gets in, so that keys of the service stay with the service.
 * @param run_id the mark by which the command's processes are found again
 * @param inherited the worker's environment
 */
export function commandEnvironment(
  input: CommandEnvironmentInput,
  run_id: string,
  inherited: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  return {
    ...harmless(inherited),
    PATH: searchPath(inherited.PATH),
    ...NON_INTERACTIVE,
    ...(input.home === undefined ? {} : { HOME: input.home, TMPDIR: '/tmp' }),
    ...input.env,
    ORCHESTRATOR_CONTEXT: input.context_file,
    ORCHESTRATOR_JOB_ID: input.job_id,
    ORCHESTRATOR_TASK_ID: input.task_id,
    ORCHESTRATOR_ATTEMPT: String(input.attempt),
    ORCHESTRATOR_ARTIFACTS: input.artifacts_dir,
    ...(input.inputs_dir === undefined ? {} : { ORCHESTRATOR_INPUTS: input.inputs_dir }),
    [RUN_ID_VARIABLE]: run_id,
  };
}

/** Nobody sits in front of a command: what would ask, open an editor or page goes on, or fails at once. */
export const NON_INTERACTIVE: Readonly<Record<string, string>> = {
  CI: '1',
  DEBIAN_FRONTEND: 'noninteractive',
  EDITOR: 'true',
  VISUAL: 'true',
  PAGER: 'cat',
  GIT_EDITOR: 'true',
  GIT_SEQUENCE_EDITOR: 'true',
  GIT_PAGER: 'cat',
  GIT_TERMINAL_PROMPT: '0',
  GIT_SSH_COMMAND: 'ssh -oBatchMode=yes',
  npm_config_yes: 'true',
};

const HARMLESS =
  /^(HOME|USER|LOGNAME|LANG|LC_[A-Z]+|TZ|TMPDIR|SHELL|TERM|NODE_EXTRA_CA_CERTS|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|PIP_CERT|GIT_SSL_CA(INFO|PATH))$/;

function harmless(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter(
      (entry): entry is [string, string] => HARMLESS.test(entry[0]) && entry[1] !== undefined,
    ),
  );
}

/**
 * Where commands find programs: the worker's own PATH without what names the folder that a command is started in, where a program's name would mean a file of the job; and without
 * the tools that npm puts before all others when it starts the service: a repository's check has to find its own. Node is
 * among them, and stays.
 */
export const searchPath = (path = '/usr/local/bin:/usr/bin:/bin'): string =>
  path
    .split(delimiter)
    .filter((folder) => isAbsolute(folder) && !isNpmsOwn(folder))
    .map((folder) => (folder === OWN_TOOLS ? OWN_NODE : folder))
    .join(delimiter);

/** The folder of the service's own code. */
export const SERVICE = resolve(import.meta.dirname, '../..');
const OWN_TOOLS = join(SERVICE, 'node_modules/.bin');
const OWN_NODE = join(SERVICE, 'node_modules/node/bin');
const TOOLS = `${sep}node_modules${sep}.bin`;

/** Of the folders above the service's, and of npm itself. */
const isNpmsOwn = (folder: string): boolean =>
  /[/\\]@npmcli[/\\]run-script[/\\]lib[/\\]node-gyp-bin$/.test(folder) ||
  (folder !== OWN_TOOLS &&
    folder.endsWith(TOOLS) &&
    SERVICE.startsWith(folder.slice(0, -TOOLS.length) + sep));
