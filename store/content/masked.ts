import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import type { Mask } from '../../core/text/mask.ts';
import type { ContentSource } from './contents.ts';

/**
 * What is to be stored, without secrets in it or its name. In a text each becomes `***`. In bytes that begin with a NUL
 * among their first 64 KB or so each becomes as many `*` as it had bytes, so that what has its parts at fixed places
 * (archives, databases, programs) stays readable. What is compressed or encrypted is not looked into.
 */
export function masked<I extends { name: string; source: ContentSource }>(input: I, mask: Mask): I {
  return { ...input, name: mask.text(input.name), source: maskedSource(input.source, mask) };
}

function maskedSource(source: ContentSource, mask: Mask): ContentSource {
  if (typeof source === 'string') return mask.text(source);
  if (Buffer.isBuffer(source)) {
    const stream = streamFor(source, mask);
    return Buffer.concat([stream.push(source), stream.end()]);
  }
  const stream = source instanceof Readable ? source : createReadStream(source.path);
  return Readable.from(maskedStream(stream, mask), { objectMode: false });
}

async function* maskedStream(source: Readable, mask: Mask): AsyncGenerator<Buffer> {
  let stream: ReturnType<Mask['stream']> | undefined;
  for await (const chunk of source) {
    const bytes = Buffer.from(chunk);
    stream ??= streamFor(bytes, mask);
    yield stream.push(bytes);
  }
  if (stream) yield stream.end();
}

const streamFor = (first: Buffer, mask: Mask) => mask.stream({ keep_length: first.includes(0) });
