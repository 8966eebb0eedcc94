/** What reads any argument as code, on this machine or another. */
const ALWAYS = /^(eval|trap|ssh|su|watch|parallel)$/;
/** What reads code from the argument after an option, or from an option; a variable may name it. */
const INTERPRETERS =
  /^(sh|bash|dash|zsh|ksh|ash|fish|busybox|source|\.|python[\d.]*|node|deno|bun|perl|ruby|php|lua|pwsh|\$.*)$/;
/** What reads its first argument as code. */
const FIRST_IS_CODE = /^([gm]?awk|sed)$/;
/** An option after which code stands, alone or with it: `-c`, `-lc`, `-e`, `--eval=`. */
const CODE_OPTION = /^(-[A-Za-z]*[cep]|--(eval|print|command|expression|source)(=.*)?)$/;

/**
 * The program that would read an argument as code; null: none.
 * @param before the words of the command before the argument
 * @param begun what stands before the value in the same word
 */
export function readAsCode(before: readonly string[], begun: string, value: string): string | null {
  const words = before.map(bare);
  const names = words.map((word) => word.slice(word.lastIndexOf('/') + 1));
  const always = names.find((name) => ALWAYS.test(name));
  if (always) return always;
  const at = names.findIndex((name) => INTERPRETERS.test(name) || FIRST_IS_CODE.test(name));
  if (at < 0) return null;
  const given = words.slice(at + 1);
  const isFirst = given.every((word) => word.startsWith('-'));
  const isCode =
    CODE_OPTION.test(given.at(-1) ?? '') ||
    CODE_OPTION.test(bare(begun)) ||
    (isFirst && (FIRST_IS_CODE.test(names[at]!) || `${bare(begun)}${value}`.startsWith('-')));
  return isCode ? names[at]! : null;
}

/** A word without its quotes. */
const bare = (word: string): string => word.replace(/["'\\]/g, '');
