import { hasWords, trimMarks } from './words.ts';

/** A free-form description, taken apart by its headings. */
export interface Sections {
  /** what describes the work, line by line */
  body: string[];
  objectives: string[];
  constraints: string[];
  acceptance_criteria: string[];
}

type Kind = keyof Sections | 'context';

/** Headings that change what the lines below mean; `Done when X` also says it in one line. */
const HEADINGS: readonly [Kind, RegExp][] = [
  [
    'acceptance_criteria',
    /^(?:acceptance criteri(?:a|on)|success criteri(?:a|on)|definition of done)\s*[:–—-]\s*/i,
  ],
  [
    'acceptance_criteria',
    /^(?:(?:it|this|the (?:job|work|task)) (?:is|counts as) )?done (?:when|if|once)\b\s*[:,]?\s*/i,
  ],
  ['constraints', /^(?:constraints?|restrictions?|limitations?|out of scope|non-goals?)\s*:\s*/i],
  ['objectives', /^(?:goals?|objectives?)\s*:\s*/i],
  ['context', /^(?:context|background|notes?)\s*:\s*/i],
  ['body', /^(?:steps?|tasks?|plan|to ?do|work)\s*:\s*/i],
];
const BARE_HEADING =
  /^(?:(acceptance criteri(?:a|on)|success criteri(?:a|on)|definition of done|done when)|(constraints?|restrictions?|limitations?|out of scope|non-goals?)|(goals?|objectives?)|(context|background|notes?)|(steps?|tasks?|plan|to ?do|work))$/i;
const BARE_KINDS: readonly Kind[] = ['acceptance_criteria', 'constraints', 'objectives', 'context', 'body'];

const LIST_MARKER = /^\s*(?:[-*+•]|\d{1,3}[.)])\s+(?:\[[ xX]\]\s+)?/;
const INLINE_HEADING =
  /(?<=[.!?;]\s{1,3})(?=(?:acceptance criteria|success criteria|definition of done|constraints?|(?:it is )?done when)\b)/gi;

/** Takes a description apart. Lines of code blocks stay in the body as they are. */
export function splitSections(description: string): Sections {
  const sections: Sections = { body: [], objectives: [], constraints: [], acceptance_criteria: [] };
  let kind: Kind = 'body';
  let afterBlank = false;
  let listed = false;
  let fenced = false;
  for (const line of description.split(/\r\n?|\n/).flatMap((text) => text.split(INLINE_HEADING))) {
    if (/^\s*(```|~~~)/.test(line)) fenced = !fenced;
    const heading = fenced ? null : readHeading(line);
    if (heading) {
      kind = heading.kind;
      listed = false;
      add(sections, kind, heading.rest);
      // `Done when X` is one line; what follows is work again
      if (heading.rest && !heading.opens) kind = 'body';
    } else if (!fenced && !line.trim()) {
      afterBlank = true;
      if (kind === 'body') sections.body.push('');
      continue;
    } else {
      const isItem = LIST_MARKER.test(line);
      // a paragraph that follows the list of a section is not part of it
      if (kind !== 'body' && kind !== 'context' && listed && afterBlank && !isItem && !/^\s/.test(line))
        kind = 'body';
      listed ||= isItem;
      add(sections, kind, kind === 'body' ? line : line.replace(LIST_MARKER, ''));
    }
    afterBlank = false;
  }
  return sections;
}

interface Heading {
  kind: Kind;
  rest: string;
  /** lines below belong to it even when it has a rest */
  opens: boolean;
}

function readHeading(line: string): Heading | null {
  const markdown = /^\s{0,3}#{1,6}\s+(.*)$/.exec(line);
  const bold = /^\s*(?:\*\*|__)(.+?)(?:\*\*|__)\s*(:?.*)$/.exec(line);
  const text = trimMarks(markdown?.[1] ?? (bold ? `${bold[1]}${bold[2]}` : line), ' \t#*_');
  if (/^(?:phase|step|stage|milestone)\s+\d/i.test(text)) return null;
  const bare = BARE_HEADING.exec(text.replace(/[:.]$/, ''));
  if (bare && (markdown || bold || /[:]$/.test(text) || /^done when$/i.test(text) || bare[1])) {
    return { kind: BARE_KINDS[bare.slice(1).findIndex(Boolean)] ?? 'body', rest: '', opens: true };
  }
  if (LIST_MARKER.test(line)) return null;
  for (const [kind, pattern] of HEADINGS) {
    const match = pattern.exec(text);
    if (!match) continue;
    const rest = text.slice(match[0].length);
    return rest.endsWith(':') ? { kind, rest: '', opens: true } : { kind, rest, opens: false };
  }
  return markdown ? { kind: 'body', rest: '', opens: true } : null;
}

function add(sections: Sections, kind: Kind, line: string): void {
  if (kind === 'context') return;
  if (kind === 'body') {
    if (line) sections.body.push(line);
  } else if (hasWords(line)) sections[kind].push(line.trim().replace(/\s+/g, ' '));
}
