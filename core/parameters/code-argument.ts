/** What reads any argument as code, on this machine or another; of names of variables, bash evaluates the subscripts. */
const ALWAYS = /^(eval|trap|ssh|su|watch|parallel|let|unset|read|mapfile|readarray|getopts|coproc|compgen)$/;
/** What makes variables: the name has to be given, the value is taken as it is. */
const DECLARES = /^(declare|typeset|local|readonly|export)$/;
/** What takes the name of a variable after `-v`. */
const NAMES_BY_OPTION = /^(printf|test|\[)$/;
/** An element of an array, whose subscript is not closed yet. */
const SUBSCRIPT = /^[A-Za-z_]\w*\[[^\]]*$/;
/** What reads code from the argument after an option, or from an option; a variable may name it. */
const INTERPRETER =
  /^(sh|bash|dash|zsh|ksh|ash|fish|busybox|source|\.|python[\d.]*|node|deno|bun|perl|ruby|php|lua|pwsh|\$.*)$/;
/** What reads its first argument as code. */
const FIRST_IS_CODE = /^([gm]?awk|sed)$/;
/** An option after which code stands, alone or with it: `-c`, `-lc`, `-e`, `--eval=`. */
const CODE_OPTION = /^(-[A-Za-z]*[cep]|--(eval|print|command|expression|source)(=.*)?)$/;
/** More of a word tells nothing of the kind. */
const TELLING_CHARS = 100;

/** The words of a simple command as they come, and whether the next one would be read as code. */
export class CommandWords {
  /** reads all that follows */
  #always: string | null = null;
  #declares: string | null = null;
  #names: string | null = null;
  /** the word before says that the next one names a variable */
  #isName = false;
  #program: string | null = null;
  #last = '';
  /** only options came after the program */
  #isFirst = true;

  add(word: string): void {
    const text = bare(word);
    const name = text.slice(text.lastIndexOf('/') + 1);
    if (ALWAYS.test(name)) this.#always ??= name;
    if (DECLARES.test(name)) this.#declares ??= name;
    if (NAMES_BY_OPTION.test(name)) this.#names ??= name;
    this.#isName = text === '-v';
    if (this.#program !== null) {
      this.#last = text;
      this.#isFirst &&= text.startsWith('-');
    } else if (INTERPRETER.test(name) || FIRST_IS_CODE.test(name)) this.#program = name;
  }

  /**
   * The program that would read a value as code; null: none.
   * @param begun what stands before the value in the same word
   */
  readAsCode(begun: string, value: string): string | null {
    const program = this.#program;
    const start = bare(begun.slice(0, TELLING_CHARS));
    if (SUBSCRIPT.test(start)) return 'a subscript';
    if (this.#declares !== null && !start.includes('=')) return this.#declares;
    if (this.#names !== null && this.#isName) return this.#names;
    if (this.#always !== null || program === null) return this.#always;
    const isCode =
      CODE_OPTION.test(this.#last) ||
      CODE_OPTION.test(start) ||
      (this.#isFirst && (FIRST_IS_CODE.test(program) || `${start}${value[0] ?? ''}`.startsWith('-')));
    return isCode ? program : null;
  }
}

/**
 * Whether a shell command gives variables attributes (integer, array, reference) by which bash evaluates what they are set to,
 * wherever that is.
 */
export const hasEvaluatedVariables = (command: string): boolean =>
  /\b(declare|typeset|local|readonly|export)\b[^;&|\n]*?[ \t]["']?[-+][a-zA-Z]*[iaAn]/.test(command);

/** A word without its quotes. */
const bare = (word: string): string => word.replace(/["'\\]/g, '');
