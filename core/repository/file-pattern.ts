/**
 * Patterns by which tasks name files: paths from the root of a repository, in which `*` stands for any characters but `/`, `?` for one,
 * `**` for any at all, and `{a,b}` for either. A pattern whose last part has no wildcard is a file, or a folder with all
 * in it. Read so that they name rather too much than too little: brackets, which may be a class of letters or a name
 * like `[id].tsx`, stand for any characters but `/`.
 */
export interface FilePattern {
  /** as it was written */
  source: string;
  /** what each path of it begins with, and ends with; paths count with a slash after them */
  prefix: string;
  suffix: string;
  /** null: only the prefix counts, it has no wildcards */
  tokens: Token[] | null;
}

/** A character, or {@link ONE}, {@link SOME}, {@link ANY}. */
export type Token = string | 1 | 2 | 3;
/** any character but `/` */
export const ONE = 1;
/** any characters but `/`, none among them */
export const SOME = 2;
/** any characters, none among them */
export const ANY = 3;

/** Characters of all the ways that one pattern with alternatives is written out in. */
const WAYS_CHARS = 4000;
/** Stands for alternatives that are not written out. */
const GROUP = '\0';
const WILD = /[*?[{(\\\0]/;
/** What no name has but by chance, unlike brackets. */
const SURELY_WILD = /[*?\0]|[+@!]\(/;

/**
 * A pattern as it was written; one with alternatives in each of its ways. Never empty.
 * @param most so many ways
 */
export const toPatterns = (source: string, most = WAYS_CHARS): FilePattern[] =>
  waysOf(source, most).map((way) =>
    WILD.test(way) ? wildPattern(source, normal(way)) : path(source, normal(way)),
  );

/** What a pattern is about for certain: the path itself where it has no wildcards, else the folders that it begins with. Empty: the root. */
export const literalOf = ({ prefix }: FilePattern): string =>
  prefix.slice(0, Math.max(0, prefix.lastIndexOf('/')));

const path = (source: string, plain: string): FilePattern => ({
  source,
  prefix: plain && `${plain}/`,
  suffix: '',
  tokens: null,
});

function wildPattern(source: string, pattern: string): FilePattern {
  const tokens = tokensOf(pattern);
  const isName = !SURELY_WILD.test(pattern.slice(pattern.lastIndexOf('/') + 1));
  if (tokens.length > 0) tokens.push('/');
  if (isName) tokens.push(ANY);
  return {
    source,
    prefix: tokens
      .slice(
        0,
        tokens.findIndex((token) => !isLetter(token)),
      )
      .join(''),
    suffix: tokens.slice(tokens.findLastIndex((token) => !isLetter(token)) + 1).join(''),
    tokens,
  };
}

const isLetter = (token: Token): token is string => typeof token === 'string';

/** Without `.`, `..` and slashes that say nothing; the folder above a wildcard may be any. */
function normal(pattern: string): string {
  const parts: string[] = [];
  for (const part of pattern.split('/')) {
    if (part === '..' && WILD.test(parts.at(-1) ?? '')) return '**';
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}

/** A pattern with each combination of its alternatives. Those that are nested, a range, or too many are not written out. */
function waysOf(pattern: string, most: number): string[] {
  if (!pattern.includes('{')) return [pattern];
  let ways = [''];
  let at = 0;
  for (const { start, end, alternatives } of groupsOf(pattern)) {
    const before = pattern.slice(at, start);
    const count = ways.length * (alternatives?.length ?? 1);
    const chosen =
      alternatives && count <= most && count * pattern.length <= WAYS_CHARS ? alternatives : [GROUP];
    ways = ways.flatMap((way) => chosen.map((one) => `${way}${before}${one}`));
    at = end;
  }
  return ways.map((way) => way + pattern.slice(at));
}

interface Group {
  start: number;
  /** behind its brace */
  end: number;
  /** null: not written out */
  alternatives: string[] | null;
}

/** The outermost braces that hold alternatives; others are letters. */
function groupsOf(pattern: string): Group[] {
  const groups: Group[] = [];
  let [depth, start, nested] = [0, 0, false];
  for (let at = 0; at < pattern.length; at += 1) {
    const letter = pattern[at];
    if (letter === '\\') at += 1;
    else if (letter === '{' && ++depth === 1) [start, nested] = [at, false];
    else if (letter === '{') nested = true;
    else if (letter === '}' && depth > 0 && --depth === 0) {
      const inside = pattern.slice(start + 1, at);
      const alternatives = nested || inside.includes('..') ? null : inside.split(',');
      if (alternatives?.length !== 1) groups.push({ start, end: at + 1, alternatives });
    }
  }
  return groups;
}

function tokensOf(pattern: string): Token[] {
  const tokens: Token[] = [];
  const letters = [...pattern];
  for (let at = 0; at < letters.length; at += 1) {
    const letter = letters[at]!;
    const next = letters[at + 1];
    if (letter === '\\' && next !== undefined) {
      tokens.push(next);
      at += 1;
    } else if (letter === '*' && next === '*') {
      while (letters[at + 1] === '*') at += 1;
      if (letters[at + 1] === '/') at += 1; // between them may be no folder at all
      pushWild(tokens, ANY);
    } else if (letter === GROUP || ('*?+@!'.includes(letter) && next === '(')) {
      if (letter !== GROUP) at = closing(letters, at + 1, ')');
      pushWild(tokens, ANY);
    } else if (letter === '[') {
      const end = closing(letters, at, ']');
      if (end === at) tokens.push(letter);
      else pushWild(tokens, SOME);
      at = end;
    } else if (letter === '*') pushWild(tokens, SOME);
    else tokens.push(letter === '?' ? ONE : letter);
  }
  return tokens;
}

/** Wildcards that follow one another are the widest of them. */
function pushWild(tokens: Token[], wild: typeof SOME | typeof ANY): void {
  const last = tokens.at(-1);
  if (last !== SOME && last !== ANY) tokens.push(wild);
  else if (wild === ANY) tokens[tokens.length - 1] = ANY;
}

/** Where a bracket closes in its part of the path; where it does not, the bracket itself. */
function closing(letters: readonly string[], open: number, close: string): number {
  for (let at = open + 1; at < letters.length && letters[at] !== '/'; at += 1) {
    if (letters[at] === close) return at;
  }
  return open;
}
