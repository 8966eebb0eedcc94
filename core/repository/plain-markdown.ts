import { visible } from '../../contracts/hidden-text.ts';

/**
 * Text of others as Markdown of GitHub and GitLab that says just this text: it formats nothing, names nobody, closes no
 * issue and gives no command.
 */

/** Not seen, and no place for a line break. A backslash would not do: mentions are looked for in what is shown. */
const JOINER = '\u2060';

/** At the head of what both hosts take for "this closes an issue", before a number, an address or a key. */
const CLOSING = /\b(clos|fix|resolv|implement)(?=(?:e[sd]?|es|ed|s|ing)?\b)/gi;
/** A person, a group, or what is named by a number or a name: #1, GH-1, !1, &1, $1, %1, ~label, ^alert, [issue:1]. */
const MENTION = /[@#!&$%~^[](?=[\p{L}\p{N}_"[])|\bGH(?=-\d)/giu;
/** An address, which hosts make a link of, and a note at the issue that it leads to. */
const ADDRESS = /:(?=\/\/)|\bwww(?=\.)/gi;
/** Signs that Markdown goes by. */
const FORMATS = /[\\`*_{}[\]()<>#+\-.!|~$&=:^]/g;

/** The text, with nothing in it that is looked for outside of what Markdown formats. */
export const withoutReferences = (text: string): string =>
  visible(text.toWellFormed())
    .replace(MENTION, (sign) => `${sign}${JOINER}`)
    .replace(CLOSING, (word) => `${word[0]}${JOINER}${word.slice(1)}`)
    .replace(ADDRESS, (head) => `${head}${JOINER}`)
    // a line that begins with a slash is a command to GitLab: /close, /merge
    .replace(/^(\s*)\/(?=\p{L})/gmu, `$1${JOINER}/`);

/** One line, at most `most` characters of the text. */
export function plainLine(text: string, most: number): string {
  return escaped(cut(begin(text, most).replace(/\s+/g, ' ').trim(), most));
}

/** The text as a quotation, line by line. Empty for none. */
export function plainQuote(text: string, most: number): string {
  const lines = cut(begin(text, most).replace(/\r\n?/g, '\n').trim(), most).split('\n');
  if (lines.length === 1 && lines[0] === '') return '';
  // two spaces at the end keep the line break
  return lines.map((line) => (line.trim() === '' ? '>' : `> ${escaped(line.trim())}  `)).join('\n');
}

/** The end of a text as it was printed. */
export function plainBlock(text: string, most: number): string {
  const end = text.length > most ? `…${text.slice(-most)}` : text;
  const inner = withoutReferences(end.replace(/\r\n?/g, '\n')).trimEnd();
  const fence = '`'.repeat(Math.max(3, ...[...inner.matchAll(/`+/g)].map(([run]) => run.length + 1)));
  return `${fence}text\n${inner}\n${fence}`;
}

/** As much as may matter: what is looked through grows with what is shown, not with what there is. */
const begin = (text: string, most: number): string => text.slice(0, 4 * most);

const escaped = (text: string): string => withoutReferences(text).replace(FORMATS, (sign) => `\\${sign}`);

const cut = (text: string, most: number): string =>
  text.length > most
    ? `${text
        .slice(0, Math.max(0, most - 1))
        .toWellFormed()
        .replace(/\ufffd$/, '')}…`
    : text;
