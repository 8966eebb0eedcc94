import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { GENERATED_FILE, generateClientTypes } from '../../cli/generate-client.ts';
import { readFrames } from '../../client/sse.ts';

describe('the client', () => {
  it("is generated from the API's own OpenAPI document (npm run generate)", async () => {
    expect(readFileSync(GENERATED_FILE, 'utf8')).toBe(await generateClientTypes());
  });

  it('reads frames however they are cut, and passes over comments', async () => {
    const text =
      ': hello\n\nid: 7\nevent: task.started\ndata: {"a":"ü"}\n\nevent: note\ndata: 1\ndata: 2\n\nid: 8\nda';
    const all = new TextEncoder().encode(text);
    for (const size of [1, 2, 3, 1000]) {
      const chunks = Array.from({ length: Math.ceil(all.length / size) }, (_, i) =>
        all.slice(i * size, (i + 1) * size),
      );
      const frames = [];
      for await (const frame of readFrames(ReadableStream.from(chunks))) frames.push(frame);
      expect(frames).toEqual([
        { id: '7', event: 'task.started', data: '{"a":"ü"}' },
        { event: 'note', data: '1\n2' },
      ]);
    }
  });
});
