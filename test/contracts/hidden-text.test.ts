import { describe, expect, test } from 'vitest';
import {
  HIDDEN_WARNING,
  hiddenWarnings,
  LOOKALIKE_WARNING,
  visible,
  visibleJson,
} from '../../contracts/hidden-text.ts';

describe('what hides or reorders text is shown by its number', () => {
  test.each([
    ['right-to-left override', 'rm \u202ecod/ fr-\u202c', 'rm ⟨U+202E⟩cod/ fr-⟨U+202C⟩'],
    ['isolates', 'a\u2066b\u2069', 'a⟨U+2066⟩b⟨U+2069⟩'],
    [
      'zero width space and joiners in Latin text',
      'pay\u200bpal\u200c\u200d',
      'pay⟨U+200B⟩pal⟨U+200C⟩⟨U+200D⟩',
    ],
    ['a direction mark in Latin text', 'a\u200fb', 'a⟨U+200F⟩b'],
    ['tags', 'ok\u{e0072}\u{e006d}', 'ok⟨U+E0072⟩⟨U+E006D⟩'],
    [
      'tags behind a flag that is none',
      '\u{1f3f4}\u{e0072}\u{e006d}\u{e007f}',
      '\u{1f3f4}⟨U+E0072⟩⟨U+E006D⟩⟨U+E007F⟩',
    ],
    ['a run of variation selectors', '😀\ufe0f\ufe01\u{e0101}', '😀\ufe0f⟨U+FE01⟩⟨U+E0101⟩'],
    ['soft hyphen, byte order mark, fillers', 'a\u00adb\ufeffc\u3164d', 'a⟨U+00AD⟩b⟨U+FEFF⟩c⟨U+3164⟩d'],
    ['escape sequences and a lone carriage return', 'safe\rrm\u001b[8m', 'safe⟨U+000D⟩rm⟨U+001B⟩[8m'],
    ['separators of lines', 'a\u2028b', 'a⟨U+2028⟩b'],
    ['joiners in a row in Hindi', 'क्\u200d\u200dष', 'क्\u200d⟨U+200D⟩ष'],
  ])('%s', (_, text, shown) => {
    expect(visible(text)).toBe(shown);
    expect(hiddenWarnings({ deep: [text] })).toEqual([HIDDEN_WARNING]);
    const json = visibleJson({ [text]: text });
    expect(visible(json)).toBe(json);
    expect(JSON.parse(json)).toEqual({ [text]: text });
  });

  test.each([
    ['Cyrillic in a name', 'curl https://p\u0430ypal.com/x', 'curl https://p⟨U+0430⟩ypal.com/x'],
    ['without a scheme', 'g\u043e\u043egle.com', 'g⟨U+043E⟩⟨U+043E⟩gle.com'],
    ['a whole label', '\u0430\u0440\u0440\u04cf\u0435.com', '⟨U+0430⟩⟨U+0440⟩⟨U+0440⟩⟨U+04CF⟩⟨U+0435⟩.com'],
    ['a slash that is none', 'https://good.com\u2044.evil.com', 'https://good.com⟨U+2044⟩.evil.com'],
  ])('look-alike hosts: %s', (_, text, shown) => {
    expect(visible(text)).toBe(shown);
    expect(hiddenWarnings(text)).toEqual([LOOKALIKE_WARNING]);
  });
});

test.each([
  ['plain text', 'npm run lint\n\tand more\r\n'],
  ['Arabic, with a direction mark', 'مرحبا بالعالم\u200f! 123'],
  ['Persian, with a non-joiner', 'می\u200cخواهم'],
  ['Hebrew', 'שלום\u200e (abc)'],
  ['Hindi, with joiners', 'क्\u200dष और क्\u200cष'],
  ['Malayalam', 'അവന്\u200d'],
  ['Thai with break marks', 'สวัสดี\u200bครับ'],
  ['Japanese with a form of a sign', '葛\u{e0100}城'],
  ['Mongolian', 'ᠮᠣ\u180bᠩ'],
  ['a family, a profession, a skin, a heart', '👩‍👩‍👧‍👦 👩🏽‍⚕️ ❤️‍🔥 1️⃣ ☎︎'],
  ['the flag of Scotland', '\u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}'],
  ['hosts and files in their own letters', 'пример.рф яндекс.com münchen.de отчет-v2.md 例え.jp ελλάδα.gr'],
  ['accents of their own', 'cafe\u0301.com'],
])('%s stays as it is', (_, text) => {
  expect(visible(text)).toBe(text);
  expect(hiddenWarnings(text)).toEqual([]);
});
