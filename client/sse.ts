/** A frame of server-sent events. */
export interface SseFrame {
  /** undefined: live notes carry none */
  id?: string;
  event: string;
  data: string;
}

/**
 * The frames of a body, as they come; comments are passed over, and a frame cut off at the end is dropped.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export async function* readFrames(body: ReadableStream<Uint8Array>): AsyncGenerator<SseFrame, void> {
  // read by hand: not every browser can iterate over a stream
  const reader = body.getReader();
  const decoder = new TextDecoder();
  // a frame may be long and come in many pieces: they are put together once
  let pieces: string[] = [];
  let last = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const piece = decoder.decode(value, { stream: true });
      pieces.push(piece);
      last += piece;
      const ends = END.test(last);
      last = last.slice(-LONGEST_END);
      if (!ends) continue;
      const blocks = pieces.join('').split(END);
      pieces = [blocks.pop() ?? ''];
      for (const block of blocks) {
        const frame = parseFrame(block);
        if (frame) yield frame;
      }
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

const END = /\r?\n\r?\n/;
/** Of an end that is not whole yet. */
const LONGEST_END = 3;

function parseFrame(block: string): SseFrame | undefined {
  const frame: SseFrame = { event: 'message', data: '' };
  const data: string[] = [];
  for (const line of block.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon === 0) continue;
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'id') frame.id = value;
    else if (name === 'event') frame.event = value;
    else if (name === 'data') data.push(value);
  }
  return data.length > 0 ? { ...frame, data: data.join('\n') } : undefined;
}
