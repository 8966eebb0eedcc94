import { PassThrough, Readable } from 'node:stream';
import type { GitBox } from '../git/box.ts';
import { git } from '../git/git.ts';

const SECONDS = 1800;
/** As git does it with what it fetches: fewer objects become files of their own. */
const UNPACKED = 100;
const HEADER_BYTES = 12;

export interface TakePackInput {
  /** a git directory with objects of strangers */
  from: string;
  /** as which it is read */
  box: GitBox;
  /** the mirror's */
  git_dir: string;
  /** sha of a commit or a tree */
  wanted: string;
  /** sha of one of the same kind that both have with all that it needs */
  known: string;
}

/**
 * Brings objects of a repository that strangers had their hands in into the mirror. They come as a stream: each is named by what it
 * holds, looked at by git, and has what it names there. Where that fails, there is nothing new that is broken.
 * @throws GitError; BoxError
 */
export async function takePack(input: TakePackInput, signal: AbortSignal): Promise<void> {
  const { from, box, git_dir, wanted, known } = input;
  const pack = new PassThrough();
  pack.on('error', () => {}); // whoever reads it hears of it
  // what differs from what is known is not searched for: it goes from one disk to the same
  const made = git(['pack-objects', '--revs', '--stdout', '--window=0', '-q'], {
    ...{ cwd: from, env: { GIT_DIR: from }, box, signal, timeout_seconds: SECONDS },
    input: `${wanted}\n^${known}\n`,
    output: pack,
  });
  const [taken, sent] = await Promise.allSettled([readPack(pack, git_dir, signal), made]);
  if (taken.status === 'rejected') throw taken.reason;
  if (sent.status === 'rejected') throw sent.reason;
}

/** See gitformat-pack(5). */
async function readPack(pack: PassThrough, git_dir: string, signal: AbortSignal): Promise<void> {
  const chunks = pack[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let header = Buffer.alloc(0);
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
    header = Buffer.concat([header, next.value]);
    if (header.length >= HEADER_BYTES) break;
  }
  const objects = header.length >= HEADER_BYTES ? header.readUInt32BE(8) : 0;
  const how =
    objects < UNPACKED
      ? ['unpack-objects', '-q', '--strict']
      : ['index-pack', '--stdin', '--fix-thin', '--strict'];
  const input = Readable.from(whole(header, chunks), { objectMode: false });
  try {
    await git(how, { cwd: git_dir, env: { GIT_DIR: git_dir }, signal, input, timeout_seconds: SECONDS });
    // it is done at the last object, whatever follows
    while (!(await chunks.next()).done);
  } catch (error) {
    pack.destroy();
    throw error;
  }
}

async function* whole(header: Buffer, chunks: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield header;
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
}
