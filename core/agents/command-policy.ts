import type { FieldIssue } from '../../contracts/error.ts';
import type { Task } from '../../contracts/plan.ts';

/** What commands an installation lets plans run. */
export interface CommandPolicy {
  /** `allowlist`: only what is listed, even when nothing is; `on`: the same, unless the list is empty */
  commands: 'on' | 'off' | 'allowlist';
  /**
   * Empty with `on`: any command. Otherwise programs (`npm`) or beginnings of commands (`npm run`), compared word by word
   * and exactly: `npm` allows neither `./npm` nor `npmx`.
   */
  command_allowlist: string[];
  /** with an allowlist: the variables that a task may set, by name; left out: none */
  command_env_allowlist?: string[];
}

/** Why the command of a task may not run here, by field of the task; nothing where it may. */
export function commandIssues(
  { command, env }: Pick<Task, 'command' | 'env'>,
  policy: CommandPolicy,
): FieldIssue[] {
  if (command === null) return [];
  const refused = commandAllowed(command, policy);
  return [
    ...(refused === undefined ? [] : [{ path: 'command', issue: refused }]),
    ...(isListed(policy) ? unlistedVariables(env, policy.command_env_allowlist ?? []) : []),
  ];
}

/**
 * Says why a command may not run here, or undefined when it may.
 *
 * With an allowlist, a shell string may hold nothing by which a shell would start a second program or take a first
 * word for another (operators, substitutions, redirections, line breaks). Such commands are refused with the advice to
 * use an argv array. An allowlist is a fence, not a sandbox: an allowed program that can start others (`npm run`,
 * `env`, `make`), or that does what files of its folder say, still can.
 */
export function commandAllowed(
  command: string | readonly string[],
  policy: CommandPolicy,
): string | undefined {
  if (policy.commands === 'off') {
    return 'Commands are switched off here (commands: off in the configuration).';
  }
  if (!isListed(policy)) return undefined;
  if (typeof command === 'string' && SHELL_SYNTAX.test(command)) {
    return 'With an allowlist of commands, a shell string may not contain ; & | ` $ ( ) < > or control characters. Give the command as an argv array, one command a task.';
  }
  const words = typeof command === 'string' ? command.split(BLANKS).filter(Boolean) : command;
  if (policy.command_allowlist.some((entry) => beginsWith(words, entry))) return undefined;
  return `The command "${words.slice(0, 3).join(' ')}" is not on the allowlist (${policy.command_allowlist.join(', ') || 'which is empty'}).`;
}

/** Whether only listed commands run. */
const isListed = ({ commands, command_allowlist }: CommandPolicy): boolean =>
  commands === 'allowlist' || (commands === 'on' && command_allowlist.length > 0);

/**
 * Any variable may make some program run something else, or read its orders from another place (`PATH`, `LD_PRELOAD`,
 * `HOME`, `PYTHONWARNINGS`, `TAR_OPTIONS`): only those that the configuration names may be set.
 */
const unlistedVariables = (env: Task['env'], allowed: readonly string[]): FieldIssue[] =>
  Object.keys(env)
    .filter((name) => !allowed.includes(name))
    .map((name) => ({
      path: `env.${name}`,
      issue: `With an allowlist of commands, a task may set only the variables of command_env_allowlist (${allowed.join(', ') || 'which is empty'}). Remove it.`,
    }));

/** Where a POSIX shell separates words, in an unquoted string without line breaks. */
const BLANKS = /[ \t]+/;

// biome-ignore lint/suspicious/noControlCharactersInRegex: line breaks and other control characters are what is refused
const SHELL_SYNTAX = /[;&|`$()<>\u0000-\u0008\u000a-\u001f\u007f]/;

function beginsWith(words: readonly string[], entry: string): boolean {
  const start = entry.split(BLANKS).filter(Boolean);
  return start.length > 0 && start.every((word, index) => words[index] === word);
}
