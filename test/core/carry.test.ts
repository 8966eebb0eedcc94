import fc from 'fast-check';
import { expect, test } from 'vitest';
import { carryOf } from '../../core/text/carry.ts';

const step = (n: number, text: string) => ({ task_id: `step-${n}`, title: `Step ${n}`, text });

test('hands on the four sections of each step, however their headings are written, and nothing else', () => {
  const long =
    '## Summary\nDone.\n### Details\nMore of it.\n## Notes\nNot for others.\n**Risks**: one\n- two\nNext: test it';
  expect(carryOf([step(1, long)], 1000)).toEqual({
    text: '# Step 1\n\n## Summary\nDone.\n### Details\nMore of it.\n## Risks\none\n- two\n## Next\ntest it',
    trimmed: null,
  });
});

test('hands on all of a result without sections, and nothing of an empty one', () => {
  expect(carryOf([step(1, ' '), step(2, 'just text: this')], 1000).text).toBe('# Step 2\n\njust text: this');
  expect(carryOf([], 10)).toEqual({ text: '', trimmed: null });
});

test('drops the oldest first, and says what it left out', () => {
  const results = [step(1, 'a'.repeat(50)), step(2, 'b'.repeat(50)), step(3, 'c'.repeat(50))];
  const { text, trimmed } = carryOf(results, 130);
  expect(text).not.toContain('a');
  expect(text).toContain('bbb');
  expect(text).toContain('ccc');
  expect(trimmed).toEqual({ dropped: ['step-1'], left_out_chars: 62, max_chars: 130 });
});

test('cuts the end of a latest step that does not fit by itself', () => {
  const { text, trimmed } = carryOf([step(1, 'old'), step(2, 'x'.repeat(100))], 40);
  expect(text).toBe(`# Step 2\n\n${'x'.repeat(30)}`);
  expect(trimmed).toMatchObject({ dropped: ['step-1'], max_chars: 40 });
});

test('never hands on more than the limit, keeps the latest steps, and counts every character', () => {
  const texts = fc.array(fc.string({ maxLength: 60 }), { maxLength: 6 });
  fc.assert(
    fc.property(texts, fc.integer({ min: 1, max: 200 }), (all, limit) => {
      const results = all.map((text, index) => step(index, text));
      const whole = carryOf(results, 1_000_000).text;
      const { text, trimmed } = carryOf(results, limit);
      expect(text.length).toBeLessThanOrEqual(limit);
      expect(text.length + (trimmed?.left_out_chars ?? 0)).toBe(whole.length);
      expect(trimmed === null).toBe(whole.length <= limit);
      const dropped = trimmed?.dropped ?? [];
      const told = results.filter(({ text: one }) => one.trim() !== '').map(({ task_id }) => task_id);
      expect(dropped).toEqual(told.slice(0, dropped.length));
    }),
  );
});
