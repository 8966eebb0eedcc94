import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { ProblemError } from '../../contracts/error.ts';
import type { Db } from '../database/schema.ts';
import type { ByteRange, ContentDisk } from './disk.ts';
import { dropRefs, takeRef } from './refs.ts';

/** Where a content comes from: text (stored as UTF-8), bytes, a stream, or a file, which stays as it is. */
export type ContentSource = string | Buffer | Readable | { path: string };

/** A stored content. */
export interface StoredContent {
  /** hex */
  sha256: string;
  size_bytes: number;
}

/** The content-addressed store: what is equal is stored once, and as long as a job holds it. */
export interface Contents {
  /** Stores a content for a job; it is never seen half-written. */
  putContent(input: { job_id: string; source: ContentSource }): Promise<StoredContent>;
  /** A small content, checked against its hash. Throws a `not_found` problem. */
  getContent(sha256: string): Promise<Buffer>;
  /** A content or a part of it (`end` included) as a stream. Throws a `not_found` problem. */
  openContent(sha256: string, range?: ByteRange): Promise<Readable>;
  /** Null when it is not stored. */
  statContent(sha256: string): Promise<StoredContent | null>;
  /** Lets go of everything a job holds, and removes what nobody else holds. */
  dropContents(job_id: string): Promise<void>;
}

/** The store over its table of references and the disk that holds the bytes. */
export function openContents(db: Db, disk: ContentDisk): Contents {
  const openContent = async (sha256: string, range?: ByteRange) => {
    if (!SHA256.test(sha256)) throw notFound(sha256);
    return await disk.open(sha256, range).catch((error: unknown) => {
      throw isMissing(error) ? notFound(sha256) : error;
    });
  };
  return {
    openContent,
    async putContent({ job_id, source }) {
      const staged = await stage(disk.staging, source);
      try {
        const { sha256, size_bytes } = staged;
        await takeRef(db, job_id, { sha256, size_bytes });
        // After the reference stands, nobody removes the content; two that write it write the same.
        if ((await disk.size(sha256)) !== size_bytes) {
          await disk.store(sha256, await staged.file(), size_bytes);
        }
        return { sha256, size_bytes };
      } finally {
        await staged.discard();
      }
    },
    async getContent(sha256) {
      const bytes = await buffer(await openContent(sha256));
      if (createHash('sha256').update(bytes).digest('hex') !== sha256) {
        throw new Error(`the stored content ${sha256} is damaged: it has another hash`);
      }
      return bytes;
    },
    async statContent(sha256) {
      const size_bytes = SHA256.test(sha256) ? await disk.size(sha256) : null;
      return size_bytes === null ? null : { sha256, size_bytes };
    },
    dropContents: (job_id) => dropRefs(db, disk, job_id),
  };
}

const SHA256 = /^[0-9a-f]{64}$/;

interface Staged extends StoredContent {
  /** the whole content as a file that may be consumed */
  file(): Promise<string>;
  discard(): Promise<void>;
}

/** Reads the source to its end and hashes it; what is not in memory is written to a file of its own on the way. */
async function stage(folder: string, source: ContentSource): Promise<Staged> {
  const path = join(folder, randomUUID());
  const discard = () => rm(path, { force: true });
  const write = (stream: Readable | Iterable<Buffer>) =>
    pipeline(stream, createWriteStream(path, { flags: 'wx', mode: 0o600 }));
  if (typeof source === 'string' || Buffer.isBuffer(source)) {
    const bytes = Buffer.from(source);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const file = async () => {
      await write([bytes]);
      return path;
    };
    return { sha256, size_bytes: bytes.length, file, discard };
  }
  const hash = createHash('sha256');
  let size_bytes = 0;
  try {
    const stream = source instanceof Readable ? source : createReadStream(source.path);
    await write(
      Readable.from(
        (async function* () {
          for await (const chunk of stream) {
            const bytes = Buffer.from(chunk);
            hash.update(bytes);
            size_bytes += bytes.length;
            yield bytes;
          }
        })(),
        { objectMode: false },
      ),
    );
  } catch (error) {
    await discard();
    throw error;
  }
  return { sha256: hash.digest('hex'), size_bytes, file: async () => path, discard };
}

/** ENOENT of a folder; NoSuchKey of S3 */
function isMissing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ('code' in error && error.code === 'ENOENT') || error.name === 'NoSuchKey';
}

function notFound(sha256: string): ProblemError {
  return new ProblemError({ code: 'not_found', message: `The artifact store has no content ${sha256}.` });
}
