import { MAX_JSON_DEPTH, TOO_DEEP } from './json-depth.ts';

/** Where a text stops being JSON, and why. */
export interface JsonProblem {
  /** from 1 */
  line: number;
  /** character of the line, from 1 */
  column: number;
  /** `NaN is not a JSON value`, `it ends too early` */
  problem: string;
  /** it is one whole value, and more follows */
  goes_on: boolean;
}

/** The first thing that keeps a text from being one JSON value; null when nothing does. Needs no stack, however deep it is. */
export function jsonProblem(text: string): JsonProblem | null {
  const open: string[] = [];
  let at = 0;
  let expects = 'value' as Expected;
  const fail = (problem: string): JsonProblem => {
    const before = text.slice(0, at);
    const line = before.split('\n').length;
    return { line, column: at - before.lastIndexOf('\n'), problem, goes_on: expects === 'nothing' };
  };
  const after = (): Expected => (open.length === 0 ? 'nothing' : 'comma');
  for (;;) {
    at = behind(BLANK, text, at);
    const char = text[at];
    if (char === undefined) return expects === 'nothing' ? null : fail('it ends too early');
    if (expects === 'nothing') return fail('more follows after its end');
    const ends = expects === 'comma' || expects === 'value or end' || expects === 'name or end';
    if (ends && open.length > 0 && char === open.at(-1)) {
      open.pop();
      at += 1;
      expects = after();
    } else if (expects === 'comma') {
      if (char !== ',') return fail(`there is no comma before ${found(text, at)}`);
      at += 1;
      expects = open.at(-1) === '}' ? 'name' : 'value';
    } else if (expects === 'colon') {
      if (char !== ':') return fail(`there is no colon before ${found(text, at)}`);
      at += 1;
      expects = 'value';
    } else if (char === '"') {
      const end = endOfString(text, at);
      if (typeof end === 'object') {
        at = end.at;
        return fail(end.problem);
      }
      at = end;
      expects = expects === 'name' || expects === 'name or end' ? 'colon' : after();
    } else if (expects === 'name' || expects === 'name or end') {
      return fail(`${found(text, at)} is not a name in double quotes`);
    } else if (char === '{' || char === '[') {
      if (open.length >= MAX_JSON_DEPTH) return fail(TOO_DEEP);
      open.push(char === '{' ? '}' : ']');
      at += 1;
      expects = char === '{' ? 'name or end' : 'value or end';
    } else {
      const end = behind(PLAIN, text, at);
      if (end === at) return fail(`${found(text, at)} is not a JSON value`);
      at = end;
      expects = after();
    }
  }
}

type Expected = 'value' | 'value or end' | 'name' | 'name or end' | 'colon' | 'comma' | 'nothing';

const BLANK = /[ \t\r\n]*/y;
const PLAIN = /(?:(?:true|false|null)|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.+-])|/y;
const WORD = /-?[\w.]+|./suy;

function behind(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return at + (pattern.exec(text)?.[0].length ?? 0);
}

/** What stands there, short. */
function found(text: string, at: number): string {
  return text.slice(at, Math.min(behind(WORD, text, at), at + 40)).toWellFormed();
}

/** Behind its closing quote, or what is wrong and where. */
function endOfString(text: string, start: number): number | { at: number; problem: string } {
  for (let at = start + 1; at < text.length; at += 1) {
    const char = text[at]!;
    if (char === '"') return at + 1;
    if (char < ' ') return { at, problem: 'a string holds a line break or another control character' };
    if (char !== '\\') continue;
    const behindIt = behind(ESCAPED, text, at);
    if (behindIt === at) {
      if (at + 6 > text.length && !text.includes('"', at)) break;
      return { at, problem: 'a string holds an escape that JSON does not have' };
    }
    at = behindIt - 1;
  }
  return { at: text.length, problem: 'it ends too early' };
}

const ESCAPED = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
