import { toText } from '../../command/text.ts';
import type { RepositoryHostDeps } from '../host.ts';
import { blobSizes, readBlobs } from './blobs.ts';
import type { MergedTree } from './merge-tree.ts';

/** Longest text, in characters. */
const LIMIT_CHARS = 100_000;
/** Larger files are only named. */
const FILE_BYTES = 1024 ** 2;
const ALL_BYTES = 8 * 1024 ** 2;
/** Lines shown before and after what is marked. */
const AROUND = 5;

export interface HunksInput {
  git_dir: string;
  job_id: string;
  /** with the marks in its files */
  tree: string;
  conflict: NonNullable<MergedTree['conflict']>;
  /** in the place of shas in what git says and marks */
  names: Readonly<Record<string, string>>;
}

/**
 * Stores what git says of a conflict, and the places of the files that it marked, with the lines around them; at most the
 * first 100,000 characters. Gives the hash.
 */
export async function storeHunks(
  { store }: { store: Pick<RepositoryHostDeps['store'], 'putContent'> },
  input: HunksInput,
  signal: AbortSignal,
): Promise<string> {
  const { git_dir, tree, conflict, names } = input;
  const said = conflict.messages.filter(({ type }) => type.startsWith('CONFLICT')).map(({ text }) => text);
  const paths = [...new Set(conflict.entries.map(({ path }) => path))];
  const files = await readMarked(
    git_dir,
    paths.map((path) => `${tree}:${path}`),
    signal,
  );
  const hunks = paths.map((path, index) => hunksOf(toText(Buffer.from(path, 'latin1')), files[index]));
  let text = `${[...said, ...hunks].filter(Boolean).join('\n')}\n`;
  for (const [sha, name] of Object.entries(names)) text = text.replaceAll(sha, name);
  const source = cut(text);
  return (await store.putContent({ job_id: input.job_id, source })).sha256;
}

async function readMarked(
  gitDir: string,
  names: string[],
  signal: AbortSignal,
): Promise<(Buffer | undefined)[]> {
  const sizes = await blobSizes(gitDir, names, signal);
  const small = names.filter((_, index) => (sizes[index] ?? Number.POSITIVE_INFINITY) <= FILE_BYTES);
  const blobs = await readBlobs(gitDir, { names: small, limit_bytes: ALL_BYTES }, signal);
  const found = new Map(small.map((name, index) => [name, blobs[index]]));
  return names.map((name) => found.get(name));
}

/** The marked places of a file, each with the number of its first line; nothing where none is marked. */
function hunksOf(path: string, file: Buffer | undefined): string {
  if (!file || file.includes(0)) return '';
  const lines = toText(file).split('\n');
  return placesOf(lines)
    .map(({ first, end }) => [`\n--- ${path}, from line ${first + 1}`, ...lines.slice(first, end)].join('\n'))
    .join('\n');
}

/** Those that touch are one. */
function placesOf(lines: readonly string[]): { first: number; end: number }[] {
  const places: { first: number; end: number }[] = [];
  let isMarked = false;
  for (const [index, line] of lines.entries()) {
    if (line.startsWith('<<<<<<< ')) {
      const first = Math.max(0, index - AROUND);
      const before = places.at(-1);
      if (!before || before.end < first) places.push({ first, end: index });
      isMarked = true;
    }
    if (isMarked) places.at(-1)!.end = Math.min(lines.length, index + 1 + AROUND);
    if (line.startsWith('>>>>>>> ')) isMarked = false;
  }
  return places;
}

function cut(text: string): string {
  if (text.length <= LIMIT_CHARS) return text;
  const said = '\n[cut here]\n';
  const kept = text.slice(0, LIMIT_CHARS - said.length);
  return `${kept.replace(/[\uD800-\uDBFF]$/, '')}${said}`;
}
