import fc from 'fast-check';
import { expect, test } from 'vitest';
import { captureHead, captureTail } from '../../activities/command/capture.ts';
import { createLineSplitter, LINE_BURST, LINE_LIMIT_BYTES } from '../../activities/command/lines.ts';

function split(chunks: (string | Buffer)[], now?: () => number): string[] {
  const lines: string[] = [];
  const splitter = createLineSplitter((text) => lines.push(text), now);
  for (const chunk of chunks) splitter.push(Buffer.from(chunk as Buffer));
  splitter.end();
  return lines;
}

test('lines come without their ends, a last one without newline too', () => {
  expect(split(['one\ntwo\r\n\nfo', 'ur'])).toEqual(['one', 'two', '', 'four']);
  expect(split([])).toEqual([]);
});

test('a long line comes in pieces that cut no character', () => {
  const text = `x${'é'.repeat(LINE_LIMIT_BYTES)}`;
  const pieces = split([`${text}\nnext`]);
  expect(pieces.pop()).toBe('next');
  expect(pieces.join('')).toBe(text);
  expect(pieces.length).toBe(3);
  for (const piece of pieces) expect(Buffer.byteLength(piece)).toBeLessThanOrEqual(LINE_LIMIT_BYTES);
});

test('a line of exactly the limit is one line', () => {
  const text = 'x'.repeat(LINE_LIMIT_BYTES);
  expect(split([`${text}\nnext\n`])).toEqual([text, 'next']);
});

test('characters cut by a chunk are whole in the line, invalid bytes and NUL are marked', () => {
  const euro = Buffer.from('€');
  expect(split([euro.subarray(0, 1), euro.subarray(1), '\n', Buffer.from([0xff, 0, 0x61])])).toEqual([
    '€',
    '\uFFFD\uFFFDa',
  ]);
});

test('however a stream is cut, its lines are the same', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'é', '€', '\n', '\r\n'), maxLength: 60 });
  fc.assert(
    fc.property(text, fc.array(fc.nat(20), { maxLength: 10 }), (whole, sizes) => {
      const bytes = Buffer.from(whole);
      const chunks: Buffer[] = [];
      let at = 0;
      for (const size of sizes) {
        chunks.push(bytes.subarray(at, at + size));
        at += size;
      }
      chunks.push(bytes.subarray(at));
      expect(split(chunks)).toEqual(split([bytes]));
    }),
  );
});

test('a flood is cut off with a count of what is missing, and goes on when it calms down', () => {
  let seconds = 0;
  const lines: string[] = [];
  const splitter = createLineSplitter(
    (text) => lines.push(text),
    () => seconds,
  );
  splitter.push(Buffer.from('y\n'.repeat(LINE_BURST + 100)));
  expect(lines.length).toBe(LINE_BURST);
  seconds = 1;
  splitter.push(Buffer.from('calm\n'));
  splitter.end();
  expect(lines.slice(LINE_BURST)).toEqual(['[200 bytes left out here: too many lines at once]', 'calm']);
});

test('the beginning and the end of a stream are kept whole up to the limit and cut at characters', () => {
  const head = captureHead(4);
  const tail = captureTail(4);
  for (const chunk of ['a', 'é', '€', 'z']) {
    head.push(Buffer.from(chunk));
    tail.push(Buffer.from(chunk));
  }
  expect(head.text()).toBe('aé');
  expect(tail.text()).toBe('€z');
  const exact = captureHead(6);
  exact.push(Buffer.from('aé€'));
  expect(exact.text()).toBe('aé€');
});
