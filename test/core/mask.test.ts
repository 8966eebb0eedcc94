import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bothMasks, createMask, NO_MASK, SHORTEST_SECRET } from '../../core/text/mask.ts';

const SECRET = 's3cret-of-the-service';

function inPieces(chunks: readonly string[], secrets: string[], keep_length = false): string {
  const stream = createMask(secrets).stream({ keep_length });
  const parts = chunks.map((chunk) => stream.push(Buffer.from(chunk)));
  return Buffer.concat([...parts, stream.end()]).toString();
}

test('secrets are replaced wherever they stand', () => {
  const mask = createMask([SECRET]);
  expect(mask.text(`token=${SECRET}, again ${SECRET}`)).toBe('token=***, again ***');
  expect(mask.text('nothing here')).toBe('nothing here');
});

test('values of fewer than eight characters erase nothing', () => {
  expect(SHORTEST_SECRET).toBe(8);
  expect(createMask(['', '1', 'seven77']).text('1 of seven77')).toBe('1 of seven77');
  expect(createMask(['1', 'eight888']).text('1 of eight888')).toBe('1 of ***');
});

test('the longer of two secrets wins, and overlapping ones become one mask', () => {
  expect(createMask(['abcdefgh', 'abcdefghijkl']).text('<abcdefghijkl>')).toBe('<***>');
  expect(createMask(['abcdefgh', 'efghijkl']).text('<abcdefghijkl>')).toBe('<***>');
  expect(inPieces(['<abcdefgh', 'ijkl>'], ['abcdefgh', 'abcdefghijkl'])).toBe('<***>');
});

test('a secret is found as JSON, in an address, and line by line', () => {
  const key = 'first-line/1\nsecond-line/2\n';
  expect(createMask([key]).text('> first-line/1\n> second-line/2')).toBe('> ***\n> ***');
  const odd = 'a"b\\c d/e&f';
  expect(createMask([odd]).text(JSON.stringify({ key: odd }))).toBe('{"key":"***"}');
  expect(createMask([odd]).text(`?key=${encodeURIComponent(odd)}&x=1`)).toBe('?key=***&x=1');
});

test('a secret is found in base64, wherever it stands in what was encoded', () => {
  const secret = 'hunter2/??>>~~long';
  for (const alphabet of ['base64', 'base64url'] as const) {
    for (const before of ['', '1', '12', '123', 'user:']) {
      const encoded = Buffer.from(`${before}${secret} and more`).toString(alphabet);
      const masked = createMask([secret]).text(encoded);
      expect(masked).toContain('***');
      expect(Buffer.from(masked, alphabet).toString()).not.toContain(secret.slice(0, 8));
    }
  }
});

test('the frame of a key in PEM is no secret, its lines are', () => {
  const key = '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQEF\n-----END PRIVATE KEY-----\n';
  expect(createMask([key]).text('-----BEGIN PRIVATE KEY-----\nother')).toContain('BEGIN PRIVATE KEY');
  expect(createMask([key]).text('see kqhkiG9w0BAQEF')).toBe('see ***');
});

test('values and names of JSON are masked, and one without secrets is the same object', () => {
  const mask = createMask([SECRET, '12345678']);
  const value = { a: [1, null, { [SECRET]: `x${SECRET}` }], b: 12_345_678 };
  expect(mask.json(value)).toEqual({ a: [1, null, { '***': 'x***' }], b: 12_345_678 });
  const clean = { a: ['fine'] };
  expect(mask.json(clean)).toBe(clean);
  expect(mask.json(undefined)).toBeUndefined();
});

test('what only looks like the beginning of a secret is not lost, and comes as soon as it can', () => {
  const stream = createMask([SECRET]).stream();
  expect(stream.push(Buffer.from('yes')).toString()).toBe('ye');
  expect(stream.push(Buffer.from('!')).toString()).toBe('s!');
  expect(stream.push(Buffer.from(SECRET.slice(0, -1))).toString()).toBe('');
  expect(stream.end().toString()).toBe(SECRET.slice(0, -1));
});

test('in bytes each byte of a secret is replaced, so that all else stays where it was', () => {
  const bytes = `\0\0${SECRET}\0tail`;
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    const masked = inPieces([bytes.slice(0, cut), bytes.slice(cut)], [SECRET], true);
    expect(masked).toBe(`\0\0${'*'.repeat(SECRET.length)}\0tail`);
  }
});

test('however a stream is cut, the result is the same and holds no secret', () => {
  const letter = fc.constantFrom('a', 'b');
  const chunk = fc.string({ unit: letter, maxLength: 24 });
  const secret = fc.string({ unit: letter, minLength: 8, maxLength: 12 });
  const longest = (secrets: string[]) => Math.max(...secrets.map((value) => value.length * 3));
  fc.assert(
    fc.property(
      fc.array(chunk, { maxLength: 12 }),
      fc.array(secret, { minLength: 1, maxLength: 3 }),
      (chunks, secrets) => {
        const cut = inPieces(chunks, secrets);
        const whole = chunks.join('');
        expect(cut).toBe(createMask(secrets).text(whole));
        for (const value of secrets) expect(cut).not.toContain(value);
        expect(inPieces(chunks, secrets, true)).toHaveLength(whole.length);
        const stream = createMask(secrets).stream({ keep_length: true });
        let held = 0;
        for (const piece of chunks) {
          held += piece.length - stream.push(Buffer.from(piece)).length;
          expect(held).toBeLessThan(longest(secrets));
        }
      },
    ),
    { numRuns: 1000 },
  );
});

test('two masks keep out what either does', () => {
  const mask = bothMasks(createMask(['of-the-service']), createMask(['of-the-login']));
  expect(mask.text('of-the-service, of-the-login')).toBe('***, ***');
  expect(mask.json({ 'of-the-login': ['of-the-service'] })).toEqual({ '***': ['***'] });
  const stream = mask.stream();
  const pieces = [...'<of-the-login><of-the-service><of-the-l'].map((one) => stream.push(Buffer.from(one)));
  expect(Buffer.concat([...pieces, stream.end()]).toString()).toBe('<***><***><of-the-l');
  expect(bothMasks(NO_MASK, NO_MASK)).toBe(NO_MASK);
});

test('the time does not grow with the number of secrets', () => {
  const text = Buffer.alloc(4 * 1024 * 1024, 'the quick brown fox jumps over the lazy dog, ');
  const seconds = (count: number) => {
    const secrets = Array.from({ length: count }, (_, index) => `key-${index}-of-${index * 7919}-many`);
    const mask = createMask(secrets);
    const run = () => {
      const before = process.cpuUsage();
      mask.stream().push(text);
      const { user, system } = process.cpuUsage(before);
      return user + system;
    };
    run();
    return Math.min(run(), run(), run());
  };
  expect(seconds(400) / seconds(50)).toBeLessThan(6);
});
