import { hasWords, trimMarks } from './words.ts';

/** One piece of work inside a sentence, and how it stands to the piece before it. */
export interface Clause {
  text: string;
  relation: 'first' | 'after' | 'beside';
}

const SENTENCE_END = /(?<=[.!?]["')\]]?)\s+(?=["'(]?[\p{Lu}\p{N}\uE000])|(?<=[。！？])|;\s+/u;
const ABBREVIATION = /(?:^|[\s(])(?:e\.g|i\.e|etc|vs|cf|approx|no|mr|mrs|dr|fig)\.$/i;

/** The sentences of a text. Short lines that begin with a capital are sentences of their own. */
export function splitSentences(text: string): string[] {
  return withoutCode(text, (masked) =>
    joinWrapped(masked.split('\n')).flatMap((line) => joinAbbreviations(line.split(SENTENCE_END))),
  )
    .map(tidy)
    .filter(hasWords);
}

/**
 * Cuts a sentence at "then", "after that", "finally" (one after the other) and at "in parallel", "at the same
 * time", "meanwhile" (side by side). A condition (`if ... then ...`) is not an order.
 */
export function splitClauses(sentence: string): Clause[] {
  const clauses: Clause[] = [];
  withoutCode(tidy(sentence), (masked) => {
    const parts: string[] = [];
    for (const [index, part] of splitSequence(masked).entries()) {
      for (const [position, piece] of splitParallel(part).entries()) {
        const relation = position > 0 ? 'beside' : index > 0 ? 'after' : 'first';
        clauses.push({ text: piece, relation });
        parts.push(piece);
      }
    }
    return parts;
  }).forEach((text, index) => {
    const clause = clauses[index];
    if (clause) clause.text = tidy(text);
  });
  return clauses.filter((clause) => hasWords(clause.text));
}

/** Words at the beginning of a step that say when it runs; the rest is the step. */
export function readOpening(text: string): { text: string; relation: 'after' | 'beside' | null } {
  const after =
    /^(?:and\s+)?(?:then|after that|after this|afterwards|finally|lastly|last|next|thereafter)\b[\s,:]*/i.exec(
      text,
    );
  if (after) return { text: tidy(text.slice(after[0].length)), relation: 'after' };
  const beside =
    /^(?:and\s+)?(?:in parallel|at the same time|meanwhile|simultaneously|concurrently)\b[\s,:]*/i.exec(text);
  if (beside) return { text: tidy(text.slice(beside[0].length)), relation: 'beside' };
  const first = /^(?:first(?:ly)?|to begin with|start by|begin by|second(?:ly)?|third(?:ly)?)\b[\s,:]*/i.exec(
    text,
  );
  return { text: tidy(first ? text.slice(first[0].length) : text), relation: null };
}

function splitSequence(text: string): string[] {
  if (/^\s*(?:if|when|whenever|unless|once)\b/i.test(text)) return [text];
  return text
    .split(
      /(?:\s*[,;]\s*|\s+)(?:and\s+|but\s+)?(?<!\b(?:by|since|until|till|if|even|now and)\s)(?:then|after that|afterwards|after which|finally|lastly)\b[\s,:]*/i,
    )
    .map((part) => part.trim())
    .filter(hasWords);
}

const MARKER = '(?:in parallel|at the same time|simultaneously|concurrently)';

function splitParallel(text: string): string[] {
  const between = text.split(
    new RegExp(`(?:\\s*[,;]\\s*|\\s+)(?:(?:and|while)\\s+${MARKER}|meanwhile)\\b[\\s,:]*`, 'i'),
  );
  const parts = between.map((part) => part.trim()).filter(hasWords);
  if (parts.length > 1) return parts;
  const around = new RegExp(`^(?:${MARKER}\\s*[,:]?\\s+(.+)|(.+?)\\s*,?\\s+${MARKER}\\s*[.!]?)$`, 'is').exec(
    text,
  );
  const listed = around?.[1] ?? around?.[2];
  if (listed === undefined) return [text];
  const items = listed.split(/\s*,\s*(?:and\s+)?|\s+and\s+/).filter(hasWords);
  return items.length > 1 ? withVerb(items) : [text];
}

/** "Run the linter and the tests": the second one is run, too. */
function withVerb(items: string[]): string[] {
  const verb = items[0]?.split(' ')[0] ?? '';
  return items.map((item, index) =>
    index > 0 && /^(?:the|a|an|our|its|all|\uE000)/i.test(item) ? `${verb} ${item}` : item,
  );
}

/** Hides `code` from a splitter, so that its punctuation cuts nothing. */
function withoutCode(text: string, split: (masked: string) => string[]): string[] {
  const code: string[] = [];
  const masked = text
    .replace(/[\uE000\uE001]/g, ' ')
    .replace(/`[^`\n]+`/g, (span) => `\uE000${code.push(span) - 1}\uE001`);
  return split(masked).map((part) =>
    part.replace(/\uE000(\d+)\uE001/g, (_, index) => code[Number(index)] ?? ''),
  );
}

/** Lines that were only wrapped become one; a line of its own stays one. */
function joinWrapped(lines: readonly string[]): string[] {
  const joined: string[] = [];
  for (const line of lines) {
    const before = joined.at(-1)?.trim() ?? '';
    const begins = /^\s*["'(]?[\p{Lu}\p{N}\uE000]/u.test(line);
    if (!before || !line.trim() || (begins && before.length < 60)) joined.push(line);
    else joined[joined.length - 1] = `${before} ${line.trim()}`;
  }
  return joined;
}

function joinAbbreviations(sentences: readonly string[]): string[] {
  const joined: string[] = [];
  for (const sentence of sentences) {
    const before = joined.at(-1);
    if (before !== undefined && ABBREVIATION.test(before))
      joined[joined.length - 1] = `${before} ${sentence}`;
    else joined.push(sentence);
  }
  return joined;
}

/** One line without blanks, commas and the like around it. */
function tidy(text: string): string {
  return trimMarks(text.replace(/\s+/g, ' '), ' ,;:');
}
