import { Readable } from 'node:stream';
import type { Artifact } from '../contracts/artifact.ts';
import type { Store } from '../store/index.ts';
import type { Ctx } from './access/caller.ts';
import { problemResponse } from './errors.ts';

/** What of an artifact its content is sent by. */
export type Sent = Pick<Artifact, 'media_type' | 'name' | 'sha256' | 'size_bytes'>;

/** Headers by which a client asks for a part of a content, or for nothing that it has. */
export const CONTENT_REQUEST_HEADERS = {
  Range: 'one range of bytes, for instance `bytes=0-1023`',
  'If-None-Match': 'the ETag of what is already there: 304',
  'If-Range': 'the ETag for which the range is meant',
};

/** A stored content, or the range of it that was asked for, as the answer to a request. Throws a `not_found` problem. */
export async function sendContent(
  c: Ctx,
  store: Pick<Store, 'openContent'>,
  artifact: Sent,
): Promise<Response> {
  const headers = contentHeaders(artifact);
  if (etagMatches(c.req.header('if-none-match'), artifact.sha256)) {
    return new Response(null, { status: 304, headers });
  }
  const ifRange = c.req.header('if-range');
  const meant = ifRange === undefined || ifRange.trim() === `"${artifact.sha256}"`;
  const range = meant ? parseRange(c.req.header('range'), artifact.size_bytes) : undefined;
  if (range === 'outside') return outside(artifact.size_bytes);
  const content = await store.openContent(artifact.sha256, range);
  if (range) headers.set('content-range', `bytes ${range.start}-${range.end}/${artifact.size_bytes}`);
  const length = range ? range.end - range.start + 1 : artifact.size_bytes;
  headers.set('content-length', String(length));
  const body = Readable.toWeb(content) as ReadableStream<Uint8Array>;
  return new Response(body, { status: range ? 206 : 200, headers });
}

/** 416, with the size as RFC 9110 (section 15.5.17) asks for. */
const outside = (size: number): Response =>
  problemResponse(
    { code: 'range_not_satisfiable', message: `The content has ${size} bytes; the range lies outside.` },
    { 'content-range': `bytes */${size}` },
  );

const MEDIA_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(; *charset=[\w-]+)?$/;

/**
 * Headers of an artifact's content. What a task made is never run as a page of this service: it is offered
 * for saving, its type is not guessed, and a browser that shows it all the same does so in a sandbox.
 */
export function contentHeaders(artifact: Omit<Sent, 'size_bytes'>): Headers {
  const { media_type, name, sha256 } = artifact;
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/g, '_');
  const encoded = encodeURIComponent(name.toWellFormed()).replace(/['()*]/g, percent);
  return new Headers({
    'content-type': MEDIA_TYPE.test(media_type) ? media_type : 'application/octet-stream',
    'content-disposition': `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`,
    'x-content-type-options': 'nosniff',
    'content-security-policy': "sandbox; default-src 'none'",
    'cache-control': 'private, no-cache',
    'accept-ranges': 'bytes',
    etag: `"${sha256}"`,
  });
}

/** Whether an `If-None-Match` header (RFC 9110, section 13.1.2) names the content. */
export function etagMatches(header: string | undefined, sha256: string): boolean {
  if (header === undefined) return false;
  return (
    header.trim() === '*' || header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === `"${sha256}"`)
  );
}

/**
 * The one range of bytes that a `Range` header asks for (RFC 9110, section 14.2), `end` included; undefined for the
 * whole content: without the header, for several ranges and for what can't be read as one; `outside` for one that
 * has none of its bytes.
 */
export function parseRange(
  header: string | undefined,
  size: number,
): { start: number; end: number } | 'outside' | undefined {
  const found = /^\s*bytes\s*=\s*(\d{0,15})-(\d{0,15})\s*$/.exec(header ?? '');
  if (!found) return undefined;
  const [first, last] = [found[1] ?? '', found[2] ?? ''];
  if (first === '' && last === '') return undefined;
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  return start <= end && !(first === '' && Number(last) === 0) ? { start, end } : 'outside';
}

const percent = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
