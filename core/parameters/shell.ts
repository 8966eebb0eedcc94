import { CommandWords, hasEvaluatedVariables } from './code-argument.ts';
import type { Reference } from './references.ts';

/** What a reference stands in, in a shell command: unquoted, in double quotes, or where no variable can take its place. */
export type Place = 'plain' | 'double' | { refused: string };

/**
 * Where each of the references in a shell command stands, by the quoting rules of POSIX shells and of bash. A place in
 * which a shell would not take a variable's value as it is, or would read it as code, is refused; so is what can't be
 * told for sure.
 */
export function placesIn(
  command: string,
  references: readonly Reference[],
  valueNamed: (name: string) => string,
): Place[] {
  if (references.length > 0 && hasEvaluatedVariables(command)) return references.map(() => EVALUATED);
  const reader = new ShellReader(command, references, valueNamed);
  reader.read();
  return reader.places;
}

/** A command list: the whole, or what stands in ( ). */
interface List {
  kind: 'list';
  end: ')' | null;
  /** of the simple command under way, those that have ended */
  words: CommandWords;
  /** where its last word began; null: between words */
  word_at: number | null;
  /** within [[ ]] */
  condition: boolean;
  /** a `case` may end it with its ) */
  unsure: boolean;
}

type Frame = List | { kind: 'double' } | { kind: 'other'; end: string; depth: number; why: string };

/** Nobody nests what is meant to be read deeper. */
const MAX_DEPTH = 50;

const EVALUATED = {
  refused:
    'it can not stand beside variables that bash evaluates (declare -i, -a, -A, -n); leave the option out',
};
const PASSED_OVER = { refused: 'it can not stand here' };
const IN_SINGLE = 'it can not stand in single quotes; use double quotes';
const IN_ARITHMETIC = 'it can not stand in arithmetic, which may read it as code';
const OPENED_BY: Readonly<Record<string, string>> = { ')': '(', '}': '{', ']': '[' };

class ShellReader {
  readonly places: Place[] = [];
  readonly #text: string;
  readonly #references: readonly Reference[];
  readonly #valueNamed: (name: string) => string;
  readonly #frames: Frame[] = [newList(null)];
  #at = 0;
  /** here-documents that begin after this line */
  #documents: { word: string; tabs: boolean }[] = [];

  constructor(text: string, references: readonly Reference[], valueNamed: (name: string) => string) {
    this.#valueNamed = valueNamed;
    this.#text = text;
    this.#references = references;
  }

  read(): void {
    while (this.#at < this.#text.length && this.#frames.length <= MAX_DEPTH) {
      const frame = this.#frames.at(-1)!;
      const reference = this.#references[this.places.length];
      if (reference && reference.start < this.#at) this.places.push(PASSED_OVER);
      else if (reference?.start === this.#at) {
        if (frame.kind === 'list') frame.word_at ??= this.#at;
        this.places.push(this.#placeOf(reference, frame));
        this.#at = reference.end;
      } else if (frame.kind === 'list') this.#list(frame);
      else if (frame.kind === 'double') this.#double();
      else this.#other(frame);
    }
    while (this.places.length < this.#references.length) this.places.push(PASSED_OVER);
  }

  #placeOf({ start, name }: Reference, frame: Frame): Place {
    if (this.#text[start - 1] === '$') return { refused: 'write it without the $ before it' };
    if (frame.kind === 'other') return { refused: frame.why };
    const lists = this.#frames.filter((one) => one.kind === 'list');
    const { words, word_at, condition } = lists.at(-1)!;
    if (lists.some(({ unsure }) => unsure))
      return { refused: 'it can not stand in ( ) beside a case; take the case out of it' };
    if (condition) return { refused: 'it can not stand in [[ ]], which may read it as code; use [ ]' };
    const begun = this.#text.slice(word_at ?? start, start);
    const program = words.readAsCode(begun, this.#valueNamed(name));
    if (program !== null) {
      return {
        refused: `it can not be given to ${program} here, which may read it as code; set a variable in env and read that`,
      };
    }
    return frame.kind === 'double' ? 'double' : 'plain';
  }

  #list(list: List): void {
    const text = this.#text;
    const char = text[this.#at]!;
    const two = text.slice(this.#at, this.#at + 2);
    const begins = list.word_at === null;
    if (char === ' ' || char === '\t') this.#endWord(list, 1);
    else if (char === '\n') this.#endLine(list);
    else if (begins && char === '#')
      this.#refuseUntil(this.#endOfLine(), 'it stands in a comment; remove it there');
    else if (text.startsWith('<<<', this.#at)) this.#endWord(list, 3);
    else if (two === '<<') this.#document(list);
    else if (begins && two === '((') this.#open(')', 1, IN_ARITHMETIC);
    else if (char === '(') {
      this.#endCommand(list, 1);
      this.#frames.push(newList(')'));
    } else if (char === ')') {
      this.#endCommand(list, 1);
      if (list.end === ')' && !list.unsure) this.#frames.pop();
    } else if (char === ';' || char === '&' || char === '|') this.#endCommand(list, 1);
    else if (char === '<' || char === '>') this.#endWord(list, 1);
    else {
      list.word_at ??= this.#at;
      if (char === '\\') this.#escape();
      else if (char === "'") this.#refuseUntil(after(text.indexOf("'", this.#at + 1), text), IN_SINGLE);
      else if (two === "$'") this.#open("'", 2, IN_SINGLE);
      else if (char === '"') {
        this.#frames.push({ kind: 'double' });
        this.#at += 1;
      } else if (!this.#substitution()) this.#at += 1;
    }
  }

  #double(): void {
    const char = this.#text[this.#at]!;
    if (char === '\\') this.#escape();
    else if (char === '"') {
      this.#frames.pop();
      this.#at += 1;
    } else if (!this.#substitution()) this.#at += 1;
  }

  /** What opens both unquoted and in double quotes. */
  #substitution(): boolean {
    const text = this.#text;
    if (text.startsWith('$((', this.#at)) this.#open(')', 2, IN_ARITHMETIC);
    else if (text.startsWith('$[', this.#at)) this.#open(']', 2, IN_ARITHMETIC);
    else if (text.startsWith('$(', this.#at)) {
      this.#frames.push(newList(')'));
      this.#at += 2;
    } else if (text.startsWith('${', this.#at) && !text.startsWith('${{', this.#at)) {
      this.#open('}', 2, 'it can not stand within ${ }; put it into a variable first');
    } else if (text[this.#at] === '`') this.#open('`', 1, 'it can not stand in backquotes; use $( )');
    else return false;
    return true;
  }

  #other(frame: Extract<Frame, { kind: 'other' }>): void {
    const char = this.#text[this.#at]!;
    const opens = OPENED_BY[frame.end];
    if (char === '\\') this.#escape();
    else if (opens && char === '"') this.#open('"', 1, frame.why);
    else if (opens && char === "'") this.#open("'", 1, frame.why);
    else if (char === frame.end && frame.depth === 0) {
      this.#frames.pop();
      this.#at += 1;
    } else {
      if (char === opens) frame.depth += 1;
      else if (char === frame.end) frame.depth -= 1;
      this.#at += 1;
    }
  }

  #open(end: string, length: number, why: string): void {
    this.#frames.push({ kind: 'other', end, depth: 0, why });
    this.#at += length;
  }

  /** What follows a backslash is taken as it is; a reference there would lose its quotes. */
  #escape(): void {
    const next = this.#references[this.places.length];
    if (next?.start === this.#at + 1) {
      this.places.push({ refused: 'it can not follow a backslash' });
      this.#at = next.end;
    } else this.#at += 2;
  }

  #endWord(list: List, length: number): void {
    if (list.word_at !== null) {
      const word = this.#text.slice(list.word_at, this.#at);
      list.words.add(word);
      if (word === '[[') list.condition = true;
      else if (word === ']]') list.condition = false;
      else if (word === 'case' && list.end === ')') list.unsure = true;
    }
    list.word_at = null;
    this.#at += length;
  }

  #endCommand(list: List, length: number): void {
    this.#endWord(list, length);
    if (!list.condition) list.words = new CommandWords();
  }

  #endLine(list: List): void {
    this.#endCommand(list, 1);
    for (const { word, tabs } of this.#documents.splice(0)) {
      let from = this.#at;
      for (let isLast = false; from < this.#text.length && !isLast; ) {
        const end = this.#endOfLine(from);
        const line = this.#text.slice(from, end);
        isLast = (tabs ? line.replace(/^\t+/, '') : line) === word;
        from = end + 1;
      }
      this.#refuseUntil(from, 'it can not stand in a here-document; set a variable in env and use printf');
    }
  }

  /** `<<WORD` and `<<-WORD`, with or without quotes. */
  #document(list: List): void {
    const found = /^<<(-?)[ \t]*((?:"[^"\n]*"|'[^'\n]*'|\\.|[^\s;&|<>()"'\\])+)/.exec(
      this.#text.slice(this.#at),
    );
    this.#endWord(list, found ? found[0].length : 2);
    if (found) this.#documents.push({ word: found[2]!.replace(/["'\\]/g, ''), tabs: found[1] === '-' });
  }

  #endOfLine(from = this.#at): number {
    const end = this.#text.indexOf('\n', from);
    return end < 0 ? this.#text.length : end;
  }

  #refuseUntil(end: number, refused: string): void {
    while ((this.#references[this.places.length]?.start ?? end) < end) this.places.push({ refused });
    this.#at = end;
  }
}

const newList = (end: ')' | null): List => ({
  ...{ kind: 'list', end, words: new CommandWords(), word_at: null, condition: false, unsure: false },
});

const after = (index: number, text: string): number => (index < 0 ? text.length : index + 1);
