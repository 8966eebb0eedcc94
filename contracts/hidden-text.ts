/**
 * Characters by which a text looks like another one: they are not seen, or change the order of what is. Where a person
 * decides, they are shown by their numbers. What scripts and emoji need of them stays as it is.
 */

/** What to say of a text that has such characters. */
export const HIDDEN_WARNING =
  'It has characters that hide or reorder text; they are shown by their numbers, like ⟨U+202E⟩. Look closely at what it really says.';

/** What to say of a text with a host name that imitates another one. */
export const LOOKALIKE_WARNING =
  'It has a host name with letters of another alphabet that look like Latin ones; they are shown by their numbers, like ⟨U+0430⟩.';

/** The text with every such character as its number: `⟨U+202E⟩`. */
export const visible = (text: string): string => replaceHidden(text, (code) => `⟨U+${code}⟩`);

/** A value as JSON, with every such character escaped (`\u202e`): it reads as it is, and is still the same value. */
export const visibleJson = (value: unknown): string =>
  replaceHidden(JSON.stringify(value, null, 2) ?? 'null', (_, character) =>
    Array.from({ length: character.length }, (_, index) => `\\u${hex(character.charCodeAt(index))}`).join(''),
  );

/** What is to be said of the texts in a value; nothing where all is as it looks. */
export function hiddenWarnings(value: unknown): string[] {
  const found = new Set<string>();
  look(value, found);
  return [HIDDEN_WARNING, LOOKALIKE_WARNING].filter((warning) => found.has(warning));
}

function look(value: unknown, found: Set<string>): void {
  if (typeof value === 'string') {
    if (unseen(value, () => '') !== value) found.add(HIDDEN_WARNING);
    if (lookalikes(value, () => '') !== value) found.add(LOOKALIKE_WARNING);
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, inner] of Object.entries(value)) {
      look(name, found);
      look(inner, found);
    }
  }
}

/** @returns what stands for a character, given its number in hexadecimal digits */
type Replace = (code: string, character: string) => string;

const replaceHidden = (text: string, replace: Replace): string => lookalikes(unseen(text, replace), replace);

const hex = (code: number): string => code.toString(16).toUpperCase().padStart(4, '0');
const replaced = (character: string, replace: Replace): string =>
  replace(hex(character.codePointAt(0)!), character);

const PLAIN = /^[\t\n\x20-\x7e]*$/;
/** Not seen by themselves: ignorable characters, controls, separators of lines, annotations, an empty Braille pattern. */
const UNSEEN = /[\p{Default_Ignorable_Code_Point}\p{Cc}\u2028\u2029\ufff9-\ufffb\u2800]/gu;

function unseen(text: string, replace: Replace): string {
  if (PLAIN.test(text)) return text;
  const flags = new Set<number>();
  for (const { index, 0: flag } of text.matchAll(FLAGS)) {
    for (let at = index; at < index + flag.length; at += 1) flags.add(at);
  }
  return text.replace(UNSEEN, (character, at: number) =>
    flags.has(at) || isNeeded(character, text, at) ? character : replaced(character, replace),
  );
}

/** England, Scotland and Wales: a black flag with tags. */
const FLAGS =
  /\u{1f3f4}\u{e0067}\u{e0062}(?:\u{e0065}\u{e006e}\u{e0067}|\u{e0073}\u{e0063}\u{e0074}|\u{e0077}\u{e006c}\u{e0073})\u{e007f}/gu;
/** Scripts whose letters join, or form clusters: they need to say where not to. */
const JOINS =
  /[\p{scx=Arabic}\p{scx=Syriac}\p{scx=Nko}\p{scx=Mongolian}\p{scx=Devanagari}\p{scx=Bengali}\p{scx=Gurmukhi}\p{scx=Gujarati}\p{scx=Oriya}\p{scx=Tamil}\p{scx=Telugu}\p{scx=Kannada}\p{scx=Malayalam}\p{scx=Sinhala}\p{scx=Khmer}\p{scx=Myanmar}\p{scx=Tibetan}]/u;
/** Scripts without spaces between words. */
const SPACELESS = /[\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u;
const RIGHT_TO_LEFT = /[\p{sc=Arabic}\p{sc=Hebrew}\p{sc=Syriac}\p{sc=Thaana}\p{sc=Nko}]/u;
const LETTER = /[\p{L}\p{M}]/u;
const PICTURE = /\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f/u;

/** Whether it does its honest work at this place. */
function isNeeded(character: string, text: string, at: number): boolean {
  if (character === '\n' || character === '\t') return true;
  const before = characterBefore(text, at);
  const after = characterAt(text, at + character.length);
  switch (character) {
    case '\r':
      return after === '\n';
    case '\u200c':
      return isLetterOf(JOINS, before) && isLetterOf(JOINS, after);
    case '\u200d':
      return (PICTURE.test(before) && /\p{Extended_Pictographic}/u.test(after)) || isLetterOf(JOINS, before);
    case '\u200b':
      return isLetterOf(SPACELESS, before) && isLetterOf(SPACELESS, after);
    // direction marks, beside letters that are written from right to left
    case '\u200e':
    case '\u200f':
    case '\u061c':
      return RIGHT_TO_LEFT.test(before) || RIGHT_TO_LEFT.test(after);
  }
  // which form of a sign is meant
  if (/[\ufe0e\ufe0f]/.test(character)) return /[\p{Emoji}\p{Extended_Pictographic}]/u.test(before);
  if (/[\ufe00-\ufe0d\u{e0100}-\u{e01ef}]/u.test(character)) return /[\p{sc=Han}\p{Sm}]/u.test(before);
  return /[\u180b-\u180f]/.test(character) && /\p{sc=Mongolian}/u.test(before);
}

const isLetterOf = (script: RegExp, character: string): boolean =>
  script.test(character) && LETTER.test(character);

function characterAt(text: string, at: number): string {
  const code = text.codePointAt(at);
  return code === undefined ? '' : String.fromCodePoint(code);
}

function characterBefore(text: string, at: number): string {
  const isPair = /[\udc00-\udfff]/.test(text.charAt(at - 1)) && /[\ud800-\udbff]/.test(text.charAt(at - 2));
  return isPair ? text.slice(at - 2, at) : text.charAt(at - 1);
}

/**
 * Names with dots whose last part is plain: hosts, and files. Looked for from the beginning of a name alone: a text without
 * spaces would otherwise be read again from each of its letters.
 */
const DOTTED =
  /(?<![\p{L}\p{M}\p{N}_-]\.?)[\p{L}\p{M}\p{N}_-]+(?:\.[\p{L}\p{M}\p{N}_-]+)*\.[a-z][a-z0-9-]+/giu;
/** Letters of Cyrillic, Greek and Armenian, and of phonetics, that can't be told from Latin ones. */
const ALIKE = /^[асеіорѕухјһԁԛԝӏɑɡοανρυιօհոսАВЕКМНОРСТУХІЈЅΑΒΕΖΗΙΚΜΝΟΡΤΥΧ]$/u;
/** After `://`, within the length of a host: what looks like a slash or a dot, and is neither. */
const PRETENDED = /(?<=:\/\/[^\s/]{0,255})[\u2024\u2044\u2215\u29f8\uff0e\uff0f]/gu;

function lookalikes(text: string, replace: Replace): string {
  if (PLAIN.test(text)) return text;
  return text
    .replace(PRETENDED, (character) => replaced(character, replace))
    .replace(DOTTED, (name) =>
      name
        .split('.')
        .map((label) => {
          const foreign = label.match(/[^\x20-\x7e]/gu) ?? [];
          // a label that has others too is read as what it is
          if (foreign.length === 0 || !foreign.every((letter) => ALIKE.test(letter))) return label;
          return label.replace(/[^\x20-\x7e]/gu, (letter) => replaced(letter, replace));
        })
        .join('.'),
    );
}
