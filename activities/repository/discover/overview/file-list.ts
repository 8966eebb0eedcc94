import { posix } from 'node:path';
import type { TreeEntry } from '../tree.ts';
import { isSource } from './languages.ts';
import { shownPath, shownSize } from './shown.ts';

/** Folders of what others wrote, or machines: they are counted, and not looked into. */
const VENDORED = new Set(
  'node_modules vendor third_party third-party bower_components .yarn .pnp dist .venv venv __pycache__ Pods .next .nuxt target coverage'.split(
    ' ',
  ),
);

/** Files of the project itself, and how many lie in each folder of others. */
export function withoutVendored(entries: readonly TreeEntry[]): {
  own: TreeEntry[];
  vendored: Map<string, number>;
} {
  const vendored = new Map<string, number>();
  const own = entries.filter(({ path }) => {
    const folders = path.split('/').slice(0, -1);
    const at = folders.findIndex((name) => VENDORED.has(name));
    if (at < 0) return true;
    const folder = folders.slice(0, at + 1).join('/');
    vendored.set(folder, (vendored.get(folder) ?? 0) + 1);
    return false;
  });
  return { own, vendored };
}

/** Of the room, for folders. */
const FOLDERS_SHARE = 0.35;

/**
 * Folders with the number of files in and below them, from the root down, then the files that tell most, by folder. What does not
 * fit into `limit` characters is counted.
 */
export function fileList(own: readonly TreeEntry[], vendored: Map<string, number>, limit: number): string {
  const folders = folderLines(own, vendored);
  const shown = fitting(folders, Math.floor(limit * FOLDERS_SHARE) - LINE_CHARS);
  const left_out = folders.length - shown.length;
  const head = [...shown, ...(left_out > 0 ? [`[${left_out} more folders]`] : [])].join('\n');
  const files = listedFiles(own, limit - head.length - LINE_CHARS);
  return [head, files].filter(Boolean).join('\n\n');
}

/** Room for a line that says what is left out. */
const LINE_CHARS = 60;

function folderLines(own: readonly TreeEntry[], vendored: Map<string, number>): string[] {
  const counts = new Map<string, number>();
  for (const { path } of own) {
    for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) {
      const folder = path.slice(0, at);
      counts.set(folder, (counts.get(folder) ?? 0) + 1);
      if (at > DEEPEST_CHARS) break;
    }
  }
  const line = (note: string) => (folder: [string, number]) => ({
    folder: folder[0],
    text: `${shownPath(folder[0])}/ (${folder[1]} ${folder[1] === 1 ? 'file' : 'files'}${note})`,
  });
  return [...[...counts].map(line('')), ...[...vendored].map(line(', not looked into'))]
    .sort((a, b) => depth(a.folder) - depth(b.folder) || (a.folder < b.folder ? -1 : 1))
    .map(({ text }) => text);
}

/** A folder whose path is longer than that is not told apart from those in it: a path can have 2,000 of them. */
const DEEPEST_CHARS = 300;

/** Names of files by their folder, those that tell most; as many as fit. */
function listedFiles(own: readonly TreeEntry[], limit: number): string {
  const chosen = new Map<string, string[]>();
  let [used, count] = [0, 0];
  for (const { path, size, kind } of byImportance(own)) {
    const folder = posix.dirname(path);
    const note = kind === 'file' ? shownSize(size ?? 0) : kind;
    const text = `${shownPath(posix.basename(path))} ${note}`;
    const names = chosen.get(folder);
    const more = text.length + 2 + (names ? 0 : shownPath(folder).length + 3);
    if (used + more > limit) break;
    used += more;
    count += 1;
    if (names) names.push(text);
    else chosen.set(folder, [text]);
  }
  const lines = [...chosen]
    .sort(([a], [b]) => depth(a) - depth(b) || (a < b ? -1 : 1))
    .map(([folder, names]) => `${folder === '.' ? '' : `${shownPath(folder)}/: `}${names.sort().join(', ')}`);
  const left_out = own.length - count;
  return [...lines, ...(left_out > 0 ? [`[${left_out} more files]`] : [])].join('\n');
}

/** So many files of one folder go before those of another that are as important. */
const IN_TURN = 8;

/** The files that tell most first. Each folder has its turn, so that a large one does not hide the others. */
function byImportance(own: readonly TreeEntry[]): TreeEntry[] {
  const ranked = own.map((entry) => ({ entry, weight: weightOf(entry) }));
  ranked.sort((a, b) => a.weight - b.weight || (a.entry.path < b.entry.path ? -1 : 1));
  const seen = new Map<string, number>();
  for (const one of ranked) {
    const folder = posix.dirname(one.entry.path);
    const before = seen.get(folder) ?? 0;
    seen.set(folder, before + 1);
    one.weight += Math.floor(before / IN_TURN);
  }
  return ranked.sort((a, b) => a.weight - b.weight).map(({ entry }) => entry);
}

const BESIDE = /(^|\/)(tests?|__tests__|specs?|fixtures?|testdata|examples?|samples?|docs?|benchmarks?)\//i;
const MADE = /(\.min\.[a-z]+|\.map|\.snap|\.lock|-lock\.(json|yaml)|\.sum|\.generated\.[a-z]+|\.d\.ts)$/i;
const TELLING =
  /(^|\/)(readme[^/]*|package\.json|pyproject\.toml|go\.mod|cargo\.toml|makefile|dockerfile|agents\.md|claude\.md|tsconfig\.json)$/i;
const ENTRY = /(^|\/)(index|main|app|mod|lib|server|cli|__init__|__main__)\.[a-z]+$/i;

/** Less is more important. */
function weightOf({ path }: TreeEntry): number {
  let weight = Math.min(depth(path), 20);
  if (!isSource(path)) weight += 2;
  if (BESIDE.test(path)) weight += 3;
  if (MADE.test(path)) weight += 6;
  if (TELLING.test(path)) weight -= 4;
  if (ENTRY.test(path)) weight -= 1;
  return weight;
}

const depth = (path: string): number => path.split('/').length;

/** As many lines from the beginning as fit. */
function fitting(lines: readonly string[], limit: number): string[] {
  let used = 0;
  const fits = (line: string) => {
    used += line.length + 1;
    return used <= limit;
  };
  const end = lines.findIndex((line) => !fits(line));
  return end < 0 ? [...lines] : lines.slice(0, end);
}
