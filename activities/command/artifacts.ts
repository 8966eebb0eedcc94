import type { Dirent, Stats } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { getMimeType, mimes } from 'hono/utils/mime';

/** A file that a command left in `$ORCHESTRATOR_ARTIFACTS`. */
interface FoundArtifact {
  /** its path in the folder, with `/` between the parts */
  name: string;
  /** absolute, with links resolved */
  path: string;
  size_bytes: number;
  media_type: string;
}

/** What there is, and what was left out and why. */
export interface ArtifactCollection {
  artifacts: FoundArtifact[];
  warnings: string[];
}

/** How much is taken from one folder. */
export interface ArtifactLimits {
  /** default 1000 */
  max_files?: number;
  /** default 100 MiB */
  max_file_bytes?: number;
}

/**
 * Lists the files of a folder and its subfolders in the order of their names. A link is taken when it leads to a
 * file inside the folder; links that lead outside, to folders or nowhere, special files, unreadable names and
 * what is over the limits are left out, each with a warning. A missing folder holds nothing.
 */
export async function collectArtifacts(
  dir: string,
  limits: ArtifactLimits = {},
): Promise<ArtifactCollection> {
  const root = await realpath(dir).catch(() => undefined);
  const found: ArtifactCollection = { artifacts: [], warnings: [] };
  if (root === undefined) return found;
  const { max_files = 1000, max_file_bytes = 100 * 1024 ** 2 } = limits;
  for await (const entry of walk(root, found.warnings)) {
    if (found.artifacts.length >= max_files) {
      found.warnings.push(
        `More than ${max_files} artifacts: ${nameIn(root, entry)} and all after it were left out.`,
      );
      break;
    }
    const result = await inspect(root, entry, max_file_bytes);
    if (typeof result === 'string') found.warnings.push(`${nameIn(root, entry)} was left out: ${result}.`);
    else found.artifacts.push(result);
  }
  return found;
}

/** The media type by the end of a file's name; text for source code, application/octet-stream for the unknown. */
export function mediaTypeOf(name: string): string {
  return getMimeType(basename(name), MEDIA_TYPES) ?? 'application/octet-stream';
}

const PLAIN_TEXT = 'text/plain; charset=utf-8';
const SOURCE =
  'c cc cpp cs diff env go h hpp ini java jsx kt log lua patch php pl py rb rs sh sql swift toml ts tsx tsv vue';

const MEDIA_TYPES: Record<string, string> = {
  ...mimes,
  ...Object.fromEntries(SOURCE.split(' ').map((extension) => [extension, PLAIN_TEXT])),
  jsonl: 'application/jsonl',
  md: 'text/markdown; charset=utf-8',
  tar: 'application/x-tar',
  tgz: 'application/gzip',
  tsv: 'text/tab-separated-values; charset=utf-8',
  yaml: 'application/yaml',
  yml: 'application/yaml',
};

async function* walk(folder: string, warnings: string[]): AsyncGenerator<Dirent> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: Error) => {
    warnings.push(`A folder was left out: ${error.message}.`);
    return [];
  });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    if (entry.isDirectory()) yield* walk(join(folder, entry.name), warnings);
    else yield entry;
  }
}

async function inspect(root: string, entry: Dirent, max_file_bytes: number): Promise<FoundArtifact | string> {
  const path = await realpath(join(entry.parentPath, entry.name)).catch(() => undefined);
  if (path === undefined) return entry.isSymbolicLink() ? 'its link leads nowhere' : 'it can not be read';
  if (!path.startsWith(root + sep)) return 'its link leads out of the artifacts folder';
  const stats: Stats = await stat(path);
  if (!stats.isFile())
    return entry.isSymbolicLink() ? 'it links to something that is not a file' : 'it is not a file';
  if (stats.size > max_file_bytes)
    return `it has ${stats.size} bytes, more than the ${max_file_bytes} allowed`;
  const name = nameIn(root, entry);
  return { name, path, size_bytes: stats.size, media_type: mediaTypeOf(name) };
}

function nameIn(root: string, entry: Dirent): string {
  return relative(root, join(entry.parentPath, entry.name)).split(sep).join('/');
}
