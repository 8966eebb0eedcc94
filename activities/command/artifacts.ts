import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { getMimeType, mimes } from 'hono/utils/mime';
import type { LeftOutFile } from '../../contracts/artifact.ts';

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
  /** at most {@link NAMED_FILES}, and a last entry that counts the rest */
  left_out: LeftOutFile[];
}

/** Most files left out that are told by name: they travel through Temporal's history. */
const NAMED_FILES = 50;

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
 * what is over the limits are left out, each by name and with the reason. A missing folder holds nothing.
 */
export async function collectArtifacts(
  dir: string,
  limits: ArtifactLimits = {},
): Promise<ArtifactCollection> {
  const root = await realpath(dir).catch(() => undefined);
  const found: ArtifactCollection = { artifacts: [], left_out: [] };
  if (root === undefined) return found;
  const { max_files = 1000, max_file_bytes = 100 * 1024 ** 2 } = limits;
  let unnamed = 0;
  const leaveOut = (path: string, reason: string) => {
    if (found.left_out.length < NAMED_FILES) found.left_out.push({ name: nameIn(root, path), reason });
    else unnamed += 1;
  };
  for await (const path of walk(root, leaveOut)) {
    if (found.artifacts.length >= max_files) {
      leaveOut(path, `there are more than ${max_files} files: this one and all later ones were left out`);
      break;
    }
    const result = await inspect(root, path, max_file_bytes);
    if (typeof result === 'string') leaveOut(path, result);
    else found.artifacts.push(result);
  }
  if (unnamed > 0) found.left_out.push({ name: `${unnamed} more`, reason: 'not named here' });
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

async function* walk(
  folder: string,
  leaveOut: (path: string, reason: string) => void,
): AsyncGenerator<string> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    leaveOut(folder, `the folder can not be read: ${error.code}`);
    return [];
  });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* walk(path, leaveOut);
    else yield path;
  }
}

async function inspect(root: string, at: string, max_file_bytes: number): Promise<FoundArtifact | string> {
  const isLink = (await lstat(at)).isSymbolicLink();
  const path = await realpath(at).catch(() => undefined);
  if (path === undefined) return isLink ? 'its link leads nowhere' : 'it can not be read';
  if (!path.startsWith(root + sep)) return 'its link leads out of the artifacts folder';
  const stats = await stat(path);
  if (!stats.isFile()) return isLink ? 'it links to something that is not a file' : 'it is not a file';
  if (stats.size > max_file_bytes)
    return `it has ${stats.size} bytes, more than the ${max_file_bytes} allowed`;
  const name = nameIn(root, at);
  return { name, path, size_bytes: stats.size, media_type: mediaTypeOf(name) };
}

function nameIn(root: string, path: string): string {
  return relative(root, path).split(sep).join('/');
}
