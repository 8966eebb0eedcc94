import type { Context } from 'hono';
import { parse as parseYaml } from 'yaml';
import { ProblemError } from '../contracts/error.ts';
import { checkStorable, parseJson } from './json.ts';

const JSON_TYPE = /^application\/(json|[\w.+-]+\+json)$/;
const YAML_TYPE = /^(application|text)\/(x-)?yaml$/;

/**
 * The body of a request as a value; `{}` when there is none. At most `limit` bytes are read. Throws a ProblemError:
 * `too_large`, `unsupported_media_type`, or `validation` for what does not parse.
 */
export async function readBody(c: Context, limit: number, accept: { yaml?: boolean } = {}): Promise<unknown> {
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
  return isYaml ? fromYaml(text) : parseJson(text);
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

function fromYaml(text: string): unknown {
  let value: unknown;
  try {
    // the JSON schema of YAML and few aliases: nothing but what JSON can say, and no bombs
    value = parseYaml(text, { schema: 'core', maxAliasCount: 100, prettyErrors: true }) ?? {};
    value = JSON.parse(JSON.stringify(value));
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0] : 'it does not parse';
    throw new ProblemError({ code: 'validation', message: `The body is not valid YAML: ${why}` });
  }
  checkStorable(value);
  return value;
}

function tooLarge(limit: number): never {
  throw new ProblemError({ code: 'too_large', message: `The body is larger than ${limit} bytes.` });
}
