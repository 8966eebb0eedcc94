/** What reads any argument as code, on this machine or another. */
const ALWAYS = /^(eval|trap|ssh|su|watch|parallel)$/;
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
  #program: string | null = null;
  #last = '';
  /** only options came after the program */
  #isFirst = true;

  add(word: string): void {
    const text = bare(word);
    const name = text.slice(text.lastIndexOf('/') + 1);
    if (ALWAYS.test(name)) this.#always ??= name;
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
    if (this.#always !== null || program === null) return this.#always;
    const start = bare(begun.slice(0, TELLING_CHARS));
    const isCode =
      CODE_OPTION.test(this.#last) ||
      CODE_OPTION.test(start) ||
      (this.#isFirst && (FIRST_IS_CODE.test(program) || `${start}${value[0] ?? ''}`.startsWith('-')));
    return isCode ? program : null;
  }
}

/** A word without its quotes. */
const bare = (word: string): string => word.replace(/["'\\]/g, '');
