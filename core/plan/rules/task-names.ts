import { splitSentences } from './clauses.ts';
import { shorten, trimMarks } from './words.ts';

const MAX_TITLE = 80;
const MAX_ID = 40;

/** A title of one line out of a step's text: its first sentence, without marks of Markdown. */
export function titleOf(text: string): string {
  const line = (splitSentences(text)[0] ?? text)
    .replace(/[\p{Cc}\p{Cf}`*#]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .toWellFormed();
  const title = shorten(trimMarks(line, ' .,;:-–—(|>_~'), MAX_TITLE);
  // a command keeps its spelling
  return text.trimStart().startsWith('`') ? title : title.charAt(0).toUpperCase() + title.slice(1);
}

/** Makes ids out of titles: slugs of `a-z 0-9 -`, each one only once. */
export function idMaker(): (title: string) => string {
  const taken = new Set<string>();
  return (title) => {
    const base = slug(title) || 'task';
    let id = base;
    for (let count = 2; taken.has(id); count++) id = `${base}-${count}`;
    taken.add(id);
    return id;
  };
}

function slug(title: string): string {
  const plain = title
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-');
  if (plain.length <= MAX_ID) return trimMarks(plain, '-');
  const cut = plain.slice(0, MAX_ID);
  const end = cut.lastIndexOf('-');
  return trimMarks(end > MAX_ID / 2 ? cut.slice(0, end) : cut, '-');
}
