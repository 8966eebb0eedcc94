import { getConnInfo } from '@hono/node-server/conninfo';
import { ProblemError } from '../../contracts/error.ts';
import type { Ctx } from '../access/caller.ts';
import { parseJson } from './json.ts';
import { readYamlInLine } from './yaml-line.ts';

const JSON_TYPE = /^application\/(json|[\w.+-]+\+json)$/;
const YAML_TYPE = /^(application|text)\/(x-)?yaml$/;

/**
 * The body of a request as a value; `{}` when there is none. At most `limit` bytes are read. Throws a ProblemError:
 * `too_large`, `unsupported_media_type`, `rate_limited` (YAML), or `validation` for what does not parse.
 */
export async function readBody(c: Ctx, limit: number, accept: { yaml?: boolean } = {}): Promise<unknown> {
  const declared = Number(c.req.header('content-length') ?? 0);
  if (declared > limit) tooLarge(limit);
  const stream = c.req.raw.body;
  if (stream === null) return {};
  const mediaType = (c.req.header('content-type') ?? '').split(';')[0]!.trim().toLowerCase();
  const isYaml = accept.yaml === true && YAML_TYPE.test(mediaType);
  const bytes = await readBytes(stream, limit);
  if (bytes.byteLength === 0) return {};
  if (!isYaml && !JSON_TYPE.test(mediaType)) {
    throw new ProblemError({
      code: 'unsupported_media_type',
      message: `Send the body as application/json${accept.yaml ? ' or application/yaml' : ''} and say so in Content-Type.`,
    });
  }
  const text = toText(bytes);
  return isYaml ? await fromYaml(c, text) : parseJson(text);
}

async function readBytes(stream: ReadableStream<Uint8Array>, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.byteLength;
    if (size > limit) {
      await reader.cancel().catch(() => undefined);
      tooLarge(limit);
    }
    chunks.push(value);
  }
  return Buffer.concat(chunks, size);
}

function toText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new ProblemError({ code: 'validation', message: 'The body is not UTF-8 text.' });
  }
}

async function fromYaml(c: Ctx, text: string): Promise<unknown> {
  const result = await readYamlInLine(text, clientOf(c), c.req.raw.signal);
  if (result.ok) return parseJson(result.json);
  throw new ProblemError({ code: 'validation', message: `The body is not valid YAML: ${result.why}` });
}

/** Whoever sends: an owner, or an address where there are no keys. */
function clientOf(c: Ctx): string {
  if (c.get('key_id') !== null) return `owner ${c.get('owner')}`;
  // a request within the process, as in tests, comes from nowhere
  const isServed = 'incoming' in ((c.env ?? {}) as object);
  return `address ${isServed ? getConnInfo(c).remote.address : ''}`;
}

function tooLarge(limit: number): never {
  throw new ProblemError({ code: 'too_large', message: `The body is larger than ${limit} bytes.` });
}
