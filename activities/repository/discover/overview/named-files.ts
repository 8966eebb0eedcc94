import { posix } from 'node:path';
import type { TreeEntry } from '../tree.ts';

/** Words of a text that are looked at, and files that are found by them. */
const MOST_WORDS = 5000;
const MOST_FILES = 12;
/** A name that so many files have says nothing. */
const MOST_NAMESAKES = 3;
/** What may be in a path; the rest parts words. */
const WORD = /[\p{L}\p{N}_.@+~\-/\\[\]()]+/gu;

/** Files that hold keys: nobody needs them to plan. */
const SECRET = /(^|\/)(\.env(\.[^/]*)?|id_[a-z0-9]+|[^/]*\.(pem|key|p12|pfx|keystore))$/i;

/**
 * The files that a text names, in its order: by their path, the end of it, or a name that few files have. Files that are there to hold
 * keys are never among them.
 */
export function namedFiles(text: string, entries: readonly TreeEntry[]): TreeEntry[] {
  const words = wordsOf(text);
  if (words.length === 0) return [];
  const wanted = new Set(words.map((word) => posix.basename(word)));
  const byName = new Map<string, TreeEntry[]>();
  for (const entry of entries) {
    const name = posix.basename(entry.path);
    if (!wanted.has(name) || entry.kind === 'submodule' || SECRET.test(entry.path)) continue;
    const others = byName.get(name);
    if (others) others.push(entry);
    else byName.set(name, [entry]);
  }
  const found = new Set<TreeEntry>();
  for (const word of words) {
    const namesakes = byName.get(posix.basename(word)) ?? [];
    const exact = namesakes.filter(({ path }) => path === word);
    const ending = namesakes.filter(({ path }) => path.endsWith(`/${word}`));
    for (const entry of exact.length > 0 ? exact : ending.length <= MOST_NAMESAKES ? ending : []) {
      found.add(entry);
    }
    if (found.size >= MOST_FILES) break;
  }
  return [...found].slice(0, MOST_FILES);
}

/** What may be paths, without what stands around them in a sentence, or after them: `src/a.ts:12`, `./a.ts,`. */
function wordsOf(text: string): string[] {
  const words = new Set<string>();
  let count = 0;
  for (const [found] of text.matchAll(WORD)) {
    if (++count > MOST_WORDS) break;
    const path = found.replaceAll('\\', '/');
    for (const word of [path, trimmed(path)]) {
      const bare = word.replace(/^(?:\.?\/)+/, '');
      if (bare !== '') words.add(bare);
    }
  }
  return [...words];
}

function trimmed(word: string): string {
  let [start, end] = [0, word.length];
  while (start < end && '()[]'.includes(word[start]!)) start += 1;
  while (end > start && '.()[]-/'.includes(word[end - 1]!)) end -= 1;
  return word.slice(start, end);
}
