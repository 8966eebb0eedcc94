import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runCommand } from '../../activities/command/run.ts';
import { createTerminalLines } from '../../activities/command/terminal.ts';
import { createMask } from '../../core/text/mask.ts';
import { prepare } from './setup.ts';

function show(chunks: (string | Buffer)[]): string {
  const lines = createTerminalLines();
  return Buffer.concat([
    ...chunks.map((chunk) => lines.push(Buffer.from(chunk as Buffer))),
    lines.end(),
  ]).toString();
}

test.each([
  ['progress is kept as it stood in the end', '10%\r50%\r100%\ndone\n', '100%\ndone\n'],
  ['a shorter text leaves the rest of a longer one', 'abcdef\rxy\n', 'xycdef\n'],
  ['what is erased is gone', 'downloading\r\u001b[Kok\n', 'ok\n'],
  ['also as a whole line, before or after the return', 'long line\u001b[2K\rok\rok\u001b[0K\n', 'ok\n'],
  ['a spinner is one character', 'wait |\b/\b-\b\\\b done\n', 'wait  done\n'],
  ['line ends of Windows stay', 'one\r\ntwo\r\n', 'one\r\ntwo\r\n'],
  ['also behind progress', '1\r22\r\n', '22\r\n'],
  ['colors stay where they were', '\u001b[31mred\u001b[0m\n', '\u001b[31mred\u001b[0m\n'],
  ['and where the line is drawn again', 'x\r\u001b[32mok\u001b[0m\n', '\u001b[32mok\u001b[0m\n'],
  ['a last line without an end', '1\r2\r3', '3'],
  ['characters of several bytes', 'é€\rü\n', 'ü€\n'],
])('%s', (_, given, shown) => {
  expect(show([given])).toBe(shown);
  expect(show([...Buffer.from(given)].map((byte) => Buffer.from([byte])))).toBe(shown);
});

test('what is no text stays byte for byte from its first NUL on', () => {
  expect(show(['a\rb\n\0\r1\r2\n', 'c\rd'])).toBe('a\rb\n\0\r1\r2\nc\rd');
});

test('however a stream is cut, it shows the same', () => {
  const text = fc.string({
    unit: fc.constantFrom('a', 'é', '\n', '\r', '\b', '\u001b[K', '\u001b[1m'),
    maxLength: 60,
  });
  fc.assert(
    fc.property(text, fc.array(fc.nat(9), { maxLength: 12 }), (whole, sizes) => {
      const bytes = Buffer.from(whole);
      const chunks: Buffer[] = [];
      let at = 0;
      for (const size of sizes) {
        chunks.push(bytes.subarray(at, at + size));
        at += size;
      }
      chunks.push(bytes.subarray(at));
      expect(show(chunks)).toBe(show([bytes]));
    }),
    { numRuns: 1000 },
  );
});

test('a line without end is passed on before its end, or kept as one line of a terminal', () => {
  const lines = createTerminalLines();
  const plain = Buffer.alloc(64 * 1024, 'x');
  let passed = 0;
  for (let count = 0; count < 100; count += 1) passed += lines.push(plain).length;
  expect(passed).toBe(100 * plain.length);
  lines.end();
  const rewritten = createTerminalLines();
  const drawn = Buffer.from(`${'y'.repeat(40)}\r`.repeat(1000));
  for (let count = 0; count < 100; count += 1) expect(rewritten.push(drawn).length).toBe(0);
  expect(rewritten.end().toString()).toBe('y'.repeat(40));
  const wide = createTerminalLines();
  wide.push(Buffer.from('\r'));
  for (let count = 0; count < 100; count += 1) wide.push(plain);
  expect(wide.end().length).toBeLessThanOrEqual(8192);
});

test('a command that draws its progress 2,000 times leaves one line of it, live and in the files', async () => {
  const { request, lines } = await prepare(
    'for i in $(seq 2000); do printf "\\r%d of 2000" $i; done; echo; for i in $(seq 500); do printf "\\r%d" $i >&2; done; echo end',
  );
  const result = await runCommand(request);
  expect(result).toMatchObject({ stdout: '2000 of 2000\nend\n', stdout_bytes: 17, stderr_tail: '500' });
  expect(lines.map(({ text }) => text).sort()).toEqual(['2000 of 2000', '500', 'end']);
});

test('a secret that only the terminal puts together is masked', async () => {
  const { request } = await prepare('printf "hunter2-of-X\\bthe-service\\n"', {
    mask: createMask(['hunter2-of-the-service']),
  });
  expect((await runCommand(request)).stdout).toBe('***\n');
});
