import type { Context } from 'hono';
import { onThread, ThreadStopped } from '../config/thread.ts';
import { ProblemError } from '../contracts/error.ts';
import { parseJson } from './json.ts';
import type { YamlRead } from './yaml-thread.ts';

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
  return isYaml ? await fromYaml(text) : parseJson(text);
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

/** On a thread, one body after another: some texts of a few hundred bytes keep the parser busy for ever. */
async function fromYaml(text: string): Promise<unknown> {
  const read = yamlQueue.then(() => onThread<YamlRead>(YAML_THREAD, text, { seconds: YAML_SECONDS }));
  yamlQueue = read.catch(() => undefined);
  const result = await read.catch((error: unknown): YamlRead => {
    if (error instanceof ThreadStopped) return { ok: false, why: `${error.message}; send it as JSON` };
    throw error;
  });
  if (result.ok) return parseJson(result.json);
  throw new ProblemError({ code: 'validation', message: `The body is not valid YAML: ${result.why}` });
}

const YAML_THREAD = new URL('./yaml-thread.ts', import.meta.url);
const YAML_SECONDS = 5;
let yamlQueue: Promise<unknown> = Promise.resolve();

function tooLarge(limit: number): never {
  throw new ProblemError({ code: 'too_large', message: `The body is larger than ${limit} bytes.` });
}
