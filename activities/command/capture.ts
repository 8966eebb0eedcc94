import { firstCharacter, toText, wholeCharacters } from './text.ts';

/** Keeps a part of a stream in memory. */
export interface Capture {
  push(chunk: Buffer): void;
  text(): string;
}

/** Keeps the first `limit` bytes, cut at a character. */
export function captureHead(limit: number): Capture {
  // one character more than the limit, to know whether the limit cuts one
  const room = limit + 4;
  const chunks: Buffer[] = [];
  let kept = 0;
  return {
    push(chunk) {
      if (kept >= room) return;
      // a copy, or a few bytes would keep the whole chunk alive
      const part = Buffer.from(chunk.subarray(0, room - kept));
      chunks.push(part);
      kept += part.length;
    },
    text() {
      const bytes = Buffer.concat(chunks);
      return toText(bytes.subarray(0, wholeCharacters(bytes, limit)));
    },
  };
}

/** Keeps the last `limit` bytes, cut at a character. */
export function captureTail(limit: number): Capture {
  let tail: Buffer = Buffer.alloc(0);
  let cut = false;
  return {
    push(chunk) {
      cut ||= tail.length + chunk.length > limit;
      tail = Buffer.concat([tail, chunk.subarray(-limit)]).subarray(-limit);
    },
    text: () => toText(cut ? tail.subarray(firstCharacter(tail)) : tail),
  };
}
