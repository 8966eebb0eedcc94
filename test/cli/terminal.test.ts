import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { drawn } from '../../cli/view/drawn.ts';
import { fitted } from '../../cli/view/text.ts';
import { frame } from '../../cli/watch/frame.ts';

const ESC = '\u001b';

describe('a line of output as a terminal would show it', () => {
  it.each([
    ['a progress bar that returns', ' 10%\r 50%\r100%', '100%'],
    ['a shorter text over a longer one', 'abcdef\rxy', 'xycdef'],
    ['what was erased', `downloading 99%\r${ESC}[Kdone`, 'done'],
    ['a line that was erased as a whole', `abc${ESC}[2K\rd`, 'd'],
    ['backspaces', 'abx\b\bc', 'acx'],
    ['a CRLF line', 'words\r', 'words'],
    ['a cursor that would move up, and a screen that would be cleared', `a${ESC}[5Ab${ESC}[2Jc`, 'abc'],
    ['a title, a bell and a NUL', `${ESC}]0;owned\u0007a\u0007b\u0000c`, 'abc'],
    ['an escape without an end', `a${ESC}[999`, 'a[999'],
    ['C1 controls', 'a\u009b31mb', 'a31mb'],
    ['tabs and wide characters', 'a\t漢字', 'a\t漢字'],
  ])('is right for %s', (_, line, shown) => expect(drawn(line)).toBe(shown));

  it('keeps plain colours where they are wanted, and closes them', () => {
    const line = `${ESC}[31mred${ESC}[0m plain ${ESC}[1mbold${ESC}[5A`;
    expect(drawn(line)).toBe('red plain bold');
    expect(drawn(line, true)).toBe(`${ESC}[31mred${ESC}[0m plain ${ESC}[1mbold${ESC}[0m`);
  });
});

describe('lines for a terminal', () => {
  it('are cut to its width, wide characters and styles counted as they show', () => {
    expect(fitted('short', 10)).toBe('short');
    expect(fitted('a line that is too long', 10)).toBe('a line th…');
    expect(stringWidth(fitted('漢字漢字漢字漢字', 10))).toBeLessThanOrEqual(10);
    expect(fitted(`${ESC}[31mred and more${ESC}[39m`, 5)).toContain('red ');
    expect(fitted('anything', 1)).toBe('');
    expect(fitted('as it is, without a terminal', undefined)).toBe('as it is, without a terminal');
  });

  const job = (count: number) =>
    ({
      job_id: 'j-0123456789abcdef',
      title: 'A job with a long title that says very much about what it does',
      status: 'running',
      stats: { completed: 3, total: count },
      created_at: new Date().toISOString(),
      finished_at: null,
      budget: { spent_usd: 0, reserved_usd: 0, limit_usd: null },
      tasks: Array.from({ length: count }, (_, index) => ({
        task_id: `task-${index}`,
        title: `Task ${index}`,
        agent: 'command',
        depends_on: index === 0 ? [] : [`task-${index - 1}`],
        status: index < 3 ? 'completed' : index === 3 ? 'running' : index === 4 ? 'failed' : 'pending',
        attempt: 1,
        reason: null,
        cost_usd: 0,
        error: null,
        output_preview: 'what it said, at some length, '.repeat(4),
        started_at: null,
        finished_at: null,
        parked_until: null,
      })),
      // biome-ignore lint/suspicious/noExplicitAny: the parts of a job that are drawn
    }) as any;

  it.each([
    [500, 24, 80],
    [500, 10, 40],
    [5, 24, 80],
    [12, 3, 20],
    [12, 1, 1],
  ])('of a job of %i tasks fit %i rows and %i columns, the headline first', (count, rows, columns) => {
    const below = ['', 'What you can do', '  orchestrator retry', '  orchestrator skip'];
    const lines = frame(job(count), new Map(), below, { rows, columns });
    expect(lines.length).toBeLessThanOrEqual(Math.max(1, rows - 1));
    for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(columns);
    if (columns < 80) return;
    expect(lines[0]).toContain('running');
    const text = lines.join('\n');
    expect(text).toContain('task-3 ');
    if (count === 500) expect(text).toMatch(/… more: .*\d+ pending/);
    if (count === 500) expect(text).toContain('failed');
  });
});
