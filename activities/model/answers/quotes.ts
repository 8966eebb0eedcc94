import { fencedParts, REPORT_LABEL } from '../prompts/data.ts';

/** Words from which on a passage says something wherever it stands. */
const MIN_WORDS = 3;

/** What quotes are looked up in: the results, artifacts and outputs of the work, and the report made of them. */
export interface QuoteSources {
  work: Source[];
  report: Source[];
}

/** A text with white space made equal, and what in it is a line or a value of its own. */
interface Source {
  text: string;
  units: ReadonlySet<string>;
}

/** The sources of a prompt; the lines between its pieces are ours, and show nothing. */
export function quoteSources(prompt: string): QuoteSources {
  const pieces = fencedParts(prompt).map(({ label, text }) => ({ label, source: toSource(text) }));
  const of = (wanted: boolean) =>
    pieces.filter(({ label }) => (label === REPORT_LABEL) === wanted).map(({ source }) => source);
  return { work: of(false), report: of(true) };
}

/** Whether a criterion is about the report itself, by its own words. */
export const isAboutReport = (criterion: string): boolean =>
  /\b(reports?|synthesis|summary|summaries)\b/i.test(criterion);

/**
 * Whether a passage shows anything where it stands: it is a whole line or value, or three words and more that begin and end
 * where words do. A letter stands everywhere, and shows nothing.
 */
export function isQuoted(quote: string, sources: readonly Source[]): boolean {
  const wanted = normalized(quote);
  const isPassage = wordsIn(wanted) >= MIN_WORDS;
  return sources.some(({ text, units }) => units.has(bare(wanted)) || (isPassage && stands(wanted, text)));
}

/** Whether it is in one of them at all, whatever it shows. */
export const isIn = (quote: string, sources: readonly Source[]): boolean =>
  sources.some(({ text }) => text.includes(normalized(quote)));

export const normalized = (text: string): string => text.replace(/\s+/g, ' ').trim();

function toSource(text: string): Source {
  const lines = text.split('\n');
  const named = lines.flatMap((line) => [line, ...line.split('|'), ...line.split(/[:=]\s+/).slice(1)]);
  const json = [text, ...lines].flatMap(jsonUnits);
  const units = [...named, ...json].map((unit) => bare(normalized(unit)));
  return { text: normalized(text), units: new Set(units.filter(Boolean)) };
}

/** Without the marks of a list, heading or quotation before it and what ends a sentence after it. */
const bare = (text: string): string =>
  text
    .replace(/^([-*+>#]+|\d+[.)])\s+/, '')
    .replace(/[\s.,;]+$/, '')
    .replace(/^(["'`])(.*)\1$/, '$2');

/** The values of a JSON text, and its fields as they may be written; nothing of any other text. */
function jsonUnits(text: string): string[] {
  if (!/^\s*[[{]/.test(text)) return [];
  const units: string[] = [];
  let open: unknown[];
  try {
    open = [JSON.parse(text)];
  } catch {
    return [];
  }
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (typeof value !== 'object' || value === null) {
      units.push(String(value));
      continue;
    }
    for (const [key, inner] of Object.entries(value)) {
      open.push(inner);
      if (typeof inner === 'object' && inner !== null) continue;
      const written = JSON.stringify(inner);
      units.push(
        `${JSON.stringify(key)}:${written}`,
        `${JSON.stringify(key)}: ${written}`,
        `${key}: ${inner}`,
      );
    }
  }
  return units;
}

const segmenter = new Intl.Segmenter('en', { granularity: 'word' });
const wordsIn = (text: string): number =>
  [...segmenter.segment(text)].filter(({ isWordLike }) => isWordLike).length;

/** Whether a text holds the passage, and not in the middle of words. */
function stands(passage: string, text: string): boolean {
  for (let at = text.indexOf(passage); at >= 0; at = text.indexOf(passage, at + 1)) {
    const end = at + passage.length;
    if (!splitsWord(text, at) && !splitsWord(text, end)) return true;
  }
  return false;
}

/** Scripts without spaces between words are split anywhere. */
const splitsWord = (text: string, at: number): boolean =>
  /^[\p{L}\p{N}]{2}$/u.test(text.slice(Math.max(0, at - 1), at + 1)) &&
  !/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u.test(text.slice(at - 1, at + 1));
