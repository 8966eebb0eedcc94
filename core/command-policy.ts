/** What commands an installation lets plans run. */
export interface CommandPolicy {
  /** `allowlist`: only what is listed, even when nothing is; `on`: the same, unless the list is empty */
  commands: 'on' | 'off' | 'allowlist';
  /**
   * Empty with `on`: any command. Otherwise programs (`npm`) or beginnings of commands (`npm run`), compared word by word
   * and exactly: `npm` allows neither `./npm` nor `npmx`.
   */
  command_allowlist: string[];
}

/**
 * Says why a command may not run here, or undefined when it may.
 *
 * With an allowlist, a shell string may hold nothing by which a shell would start a second program or take a first
 * word for another (operators, substitutions, redirections, line breaks), and the environment no variable
 * that changes which program a name means or loads code into it. Such commands are refused with the advice to use
 * an argv array or to drop the variable. An allowlist is a fence, not a sandbox: an allowed program that can start
 * others (`npm run`, `env`, `make`) still can.
 * @param env the task's own variables
 */
export function commandAllowed(
  command: string | readonly string[],
  policy: CommandPolicy,
  env: Readonly<Record<string, string>> = {},
): string | undefined {
  if (policy.commands === 'off') {
    return 'Commands are switched off here (commands: off in the configuration).';
  }
  if (policy.commands === 'on' && policy.command_allowlist.length === 0) return undefined;
  if (typeof command === 'string' && SHELL_SYNTAX.test(command)) {
    return 'With an allowlist of commands, a shell string may not contain ; & | ` $ ( ) < > or control characters. Give the command as an argv array, one command a task.';
  }
  const variable = Object.keys(env).find((name) => LOADS_CODE.test(name) || name.includes('='));
  if (variable !== undefined) {
    return `With an allowlist of commands, a task may not set ${variable}, which can make a program run something else. Remove it from env.`;
  }
  const words = typeof command === 'string' ? command.split(BLANKS).filter(Boolean) : command;
  if (policy.command_allowlist.some((entry) => beginsWith(words, entry))) return undefined;
  return `The command "${words.slice(0, 3).join(' ')}" is not on the allowlist (${policy.command_allowlist.join(', ') || 'which is empty'}).`;
}

/** Where a POSIX shell separates words, in an unquoted string without line breaks. */
const BLANKS = /[ \t]+/;

// biome-ignore lint/suspicious/noControlCharactersInRegex: line breaks and other control characters are what is refused
const SHELL_SYNTAX = /[;&|`$()<>\u0000-\u0008\u000a-\u001f\u007f]/;

const LOADS_CODE =
  /^(PATH|IFS|ENV|BASH_ENV|BASH_FUNC_.*|SHELLOPTS|BASHOPTS|PS4|PROMPT_COMMAND|(LD|DYLD)_.*|GCONV_PATH|NODE_OPTIONS|NODE_PATH|PYTHON(PATH|HOME|STARTUP)|PERL5?(LIB|OPT|DB)|RUBY(LIB|OPT)|JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|JDK_JAVA_OPTIONS|GIT_.*|(npm|NPM)_CONFIG_.*)$/i;

function beginsWith(words: readonly string[], entry: string): boolean {
  const start = entry.split(BLANKS).filter(Boolean);
  return start.length > 0 && start.every((word, index) => words[index] === word);
}
