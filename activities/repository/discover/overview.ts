import type { Mask } from '../../../core/text/mask.ts';
import type { Store } from '../../../store/index.ts';
import { fenced, joined } from '../../model/prompts/data.ts';
import { INSTRUCTION_FILES } from './instructions.ts';
import { fileList, withoutVendored } from './overview/file-list.ts';
import { languagesOf } from './overview/languages.ts';
import { describeManifests } from './overview/manifests.ts';
import { namedFiles } from './overview/named-files.ts';
import { beginning, shownPath, shownSize } from './overview/shown.ts';
import { fileOf, listTree, readText, type Tree, type TreeEntry } from './tree.ts';

export interface OverviewDeps {
  store: Pick<Store, 'putContent'>;
  mask: Pick<Mask, 'text'>;
}

export interface OverviewInput {
  job_id: string;
  git_dir: string;
  base_sha: string;
  /** what the job is about: files that it names are shown */
  text: string;
}

/** The most characters of an overview, and of its parts; the list of files has what they leave. */
const MOST_CHARS = 24_000;
const MANIFESTS_CHARS = 2500;
const INSTRUCTIONS_CHARS = 4000;
const README_CHARS = 3000;
const NAMED_CHARS = 6000;
/** Headings, fences and numbers. */
const FRAME_CHARS = 1500;
const FENCE_CHARS = 120;
const README = /^readme(\.(md|markdown|mdx|rst|adoc|txt))?$/i;

/**
 * Stores what a planner should know of a repository at a commit: its languages, folders and files, packages, README and instructions to
 * agents, and the beginnings of the files that the job's text names. What is the repository's own is fenced as data.
 * @returns the hash of the text
 * @throws GitError
 */
export async function writeOverview(
  { store, mask }: OverviewDeps,
  { job_id, git_dir, base_sha, text }: OverviewInput,
  signal: AbortSignal,
): Promise<string> {
  const overview = await overviewOf({ git_dir, sha: base_sha, signal }, text);
  return (await store.putContent({ job_id, source: mask.text(overview) })).sha256;
}

async function overviewOf(tree: Tree, text: string): Promise<string> {
  const { entries, truncated } = await listTree(tree);
  const { own, vendored } = withoutVendored(entries);
  const atRoot = (name: (name: string) => boolean) =>
    own.find(({ path }) => !path.includes('/') && name(path));
  const instructions = INSTRUCTION_FILES.map((wanted) => atRoot((name) => name === wanted)).find(Boolean);
  const parts = [
    part('Its packages', 'packages', beginning(await describeManifests(tree, own), MANIFESTS_CHARS)),
    await filePart('What it tells agents', tree, instructions, INSTRUCTIONS_CHARS),
    await filePart(
      'What it tells people',
      tree,
      atRoot((name) => README.test(name)),
      README_CHARS,
    ),
    await namedParts(tree, namedFiles(text, own)),
  ];
  const head = joined(numbers(own, vendored, truncated), ...parts);
  const room = MOST_CHARS - FRAME_CHARS - head.length;
  return joined(head, part('Its folders and files', 'folders and files', fileList(own, vendored, room)));
}

function numbers(own: readonly TreeEntry[], vendored: Map<string, number>, truncated: boolean): string {
  const bytes = own.reduce((sum, { size }) => sum + (size ?? 0), 0);
  const others = [...vendored.values()].reduce((sum, count) => sum + count, 0);
  const languages = languagesOf(own);
  return [
    `${own.length} files, ${shownSize(bytes)}${others > 0 ? `, and ${others} in folders that are not the project's own` : ''}.`,
    truncated ? 'There are more: these are as many as could be listed.' : '',
    languages ? `Languages by size: ${languages}.` : '',
  ]
    .filter(Boolean)
    .join(' ');
}

const part = (heading: string, label: string, text: string): string =>
  text.trim() === '' ? '' : joined(`## ${heading}`, fenced(label, text));

async function filePart(
  heading: string,
  tree: Tree,
  entry: TreeEntry | undefined,
  limit: number,
): Promise<string> {
  return entry ? part(heading, shownPath(entry.path), await beginningOf(tree, entry, limit)) : '';
}

/** Files that were named, each with its share of the room. */
async function namedParts(tree: Tree, named: readonly TreeEntry[]): Promise<string> {
  const share = Math.floor(NAMED_CHARS / Math.max(1, named.length));
  const texts: string[] = [];
  for (const entry of named) {
    const label = shownPath(entry.path);
    const text = await beginningOf(tree, entry, share - FENCE_CHARS - label.length);
    if (text.trim() !== '') texts.push(fenced(label, text));
  }
  return texts.length === 0 ? '' : joined('## Files that the request names', ...texts);
}

/** Empty where it is no text. */
async function beginningOf(tree: Tree, entry: TreeEntry, limit: number): Promise<string> {
  const file = await fileOf(tree, entry);
  // a character has four bytes at most
  const read = file && (await readText(tree, file, 4 * limit));
  return read ? beginning(read.text, limit, !read.truncated) : '';
}
