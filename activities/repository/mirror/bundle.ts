import { PassThrough, Readable } from 'node:stream';
import type { GitBox } from '../git/box.ts';
import { GitError, git } from '../git/git.ts';
import type { RepositoryHostDeps } from '../host.ts';

const BUNDLE_SECONDS = 3600;
const HEADER_BYTES = 1024 ** 2;

export interface StoreBundleInput {
  git_dir: string;
  job_id: string;
  /** sha, whose history is not in the bundle, and has to be where it is fetched; null: all history is in it */
  from: string | null;
  /** sha */
  to: string;
  /** full name of a ref that points to `to`, by which the bundle names it */
  ref: string;
}

/**
 * Stores a bundle, see git-bundle(1): the commits from one to another. Gives its hash; null: there are none.
 * @throws GitError, also where `ref` is at another commit
 */
export async function storeBundle(
  { store }: { store: Pick<RepositoryHostDeps['store'], 'putContent'> },
  { git_dir, job_id, from, to, ref }: StoreBundleInput,
  signal: AbortSignal,
): Promise<string | null> {
  if (from === to) return null;
  const output = new PassThrough();
  const made = git(['bundle', 'create', '-q', '-', ref, ...(from === null ? [] : [`^${from}`])], {
    cwd: git_dir,
    env: { GIT_DIR: git_dir },
    signal,
    timeout_seconds: BUNDLE_SECONDS,
    output,
  });
  const source = Readable.from(checkHeads(output, { to, ref }), { objectMode: false });
  const [stored, call] = await Promise.allSettled([store.putContent({ job_id, source }), made]);
  if (stored.status === 'rejected') throw stored.reason;
  if (call.status === 'rejected') throw call.reason;
  return stored.value.sha256;
}

export interface FetchBundleInput {
  git_dir: string;
  bundle_ref: string;
  /** full name of a ref that is set to the bundle's head; left out: none, its commits are only there */
  into_ref?: string;
  /**
   * it was made here, of a history that may have objects git does not take from strangers today; left out: each object
   * is looked at
   */
  ours?: boolean;
  /** where the repository is one that strangers have their hands in */
  box?: GitBox;
}

/**
 * Brings the commits of a stored bundle into a repository; all of it, or nothing. Gives the sha of its head. May be repeated.
 * @throws GitError where it is no bundle with one head, needs commits that are not there, or has broken objects; a
 *   `not_found` problem where it is not stored
 */
export async function fetchBundle(
  { store }: { store: Pick<RepositoryHostDeps['store'], 'openContent'> },
  { git_dir, bundle_ref, into_ref, ours = false, box }: FetchBundleInput,
  signal: AbortSignal,
): Promise<string> {
  const call = { cwd: git_dir, env: { GIT_DIR: git_dir }, signal, ...(box ? { box } : {}) };
  const content = await store.openContent(bundle_ref);
  try {
    const { header, rest } = await splitHeader(content);
    const { prerequisites, head } = parseHeader(header);
    if (prerequisites.length > 0) {
      const input = prerequisites.map((sha) => `${sha}^{commit}\n`).join('');
      const { stdout } = await git(['cat-file', '--batch-check=%(objectname)'], { ...call, input });
      const missing = stdout.toString().match(/^\S+ (missing|ambiguous)$/m);
      if (missing) throw refused(`it needs a commit that is not here: ${missing[0].split(/[ ^]/)[0]}`);
    }
    const checks = ours ? [] : ['--strict'];
    await git(['index-pack', '--stdin', '--fix-thin', ...checks], {
      ...call,
      input: Readable.from(rest, { objectMode: false }),
      timeout_seconds: BUNDLE_SECONDS,
    });
    await git(['cat-file', '-e', `${head}^{commit}`], call);
    if (into_ref) await git(['update-ref', '--end-of-options', into_ref, head], call);
    return head;
  } finally {
    content.destroy();
  }
}

/** Passes a new bundle on once its header says what it is to say: the ref may have moved before git read it. */
async function* checkHeads(source: Readable, { to, ref }: { to: string; ref: string }) {
  const { header, rest } = await splitHeader(source);
  const { head } = parseHeader(header);
  if (head !== to) throw refused(`${ref} is at ${head} now`);
  yield Buffer.from(header, 'latin1');
  yield* rest;
}

/** The lines before the pack, with the empty line that ends them, and the pack. */
async function splitHeader(source: Readable): Promise<{ header: string; rest: AsyncGenerator<Buffer> }> {
  const chunks = source[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let bytes: Buffer = Buffer.alloc(0);
  for (;;) {
    const end = bytes.indexOf('\n\n');
    if (end >= 0)
      return { header: bytes.toString('latin1', 0, end + 2), rest: joined(bytes.subarray(end + 2), chunks) };
    if (bytes.length > HEADER_BYTES) throw refused('its header has no end');
    const next = await chunks.next();
    if (next.done) throw refused('its header has no end');
    bytes = Buffer.concat([bytes, next.value]);
  }
}

async function* joined(first: Buffer, chunks: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
}

/** See gitformat-bundle(5), version 2. */
function parseHeader(header: string): { prerequisites: string[]; head: string } {
  const [signature, ...lines] = header.trimEnd().split('\n');
  if (signature !== '# v2 git bundle') throw refused('it is no git bundle of version 2');
  const prerequisites = lines.flatMap((line) => /^-([0-9a-f]{40})( |$)/.exec(line)?.[1] ?? []);
  const heads = lines.flatMap((line) => /^([0-9a-f]{40}) \S/.exec(line)?.[1] ?? []);
  if (prerequisites.length + heads.length !== lines.length) throw refused('its header is damaged');
  const [head] = new Set(heads);
  if (head === undefined || new Set(heads).size > 1)
    throw refused(`it has ${heads.length} heads, and should have one`);
  return { prerequisites, head };
}

/** A bundle that can't be taken. */
export class BundleError extends GitError {
  /** the reason alone, `it` being the bundle */
  readonly why: string;
  constructor(why: string) {
    super(`the bundle can not be taken: ${why}`, null, '');
    this.why = why;
  }
}

const refused = (why: string) => new BundleError(why);
