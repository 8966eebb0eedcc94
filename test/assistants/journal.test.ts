import { appendFileSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { codex } from '../../activities/coding/drivers/codex.ts';
import type { Driver, Heard } from '../../activities/coding/drivers/driver.ts';
import { opencode } from '../../activities/coding/drivers/opencode.ts';
import { followJournal } from '../../activities/coding/journal.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'journal-'));
  mkdirSync(join(home, '.orchestrator'));
  mkdirSync(join(home, '.codex/sessions/2026'), { recursive: true });
});
afterEach(() => rmSync(home, { recursive: true }));

const call = (number: number) => `${JSON.stringify({ type: 'orchestrator.call', call: number })}\n`;
const events = () => join(home, '.orchestrator/events.jsonl');

function follow(driver: Driver, known: string | null, from?: number) {
  const heard: Heard[] = [];
  return { heard, journal: followJournal(driver, home, known, (one) => heard.push(one), from)! };
}

test('what is in the file of a conversation that is gone on with is of earlier starts', () => {
  writeFileSync(events(), call(1));
  const { heard, journal } = follow(opencode, 's1');
  journal.read('s1');
  appendFileSync(events(), call(2));
  journal.read('s1');
  journal.read('s1');
  expect(heard).toEqual([{ type: 'waits', call: 2 }]);
});

test('of a start that was lost it is read from where that began', () => {
  writeFileSync(events(), call(1) + call(2));
  const { heard, journal } = follow(opencode, 's1', call(1).length);
  journal.read('s1');
  expect(heard).toEqual([{ type: 'waits', call: 2 }]);
});

test('another conversation has another file, which is read from its beginning', () => {
  const file = (session: string) => join(home, `.codex/sessions/2026/${session}.jsonl`);
  const used = (id: string) =>
    `${JSON.stringify({ type: 'token_usage_record', payload: { response_id: id, usage: { input_tokens: 1 } } })}\n`;
  writeFileSync(file('one'), used('a'));
  const { heard, journal } = follow(codex, 'one');
  writeFileSync(file('two'), used('b'));
  journal.read('two');
  expect(heard).toMatchObject([{ type: 'usage', call: 'b' }, { type: 'turn' }]);
});

test('a file that is taken away, or is not there, says nothing', () => {
  const { heard, journal } = follow(opencode, 's1');
  journal.read('s1');
  writeFileSync(events(), call(1));
  journal.read('s1');
  rmSync(events());
  journal.read('s1');
  expect(heard).toEqual([{ type: 'waits', call: 1 }]);
});

test('a file that pretends to an endless length is read up to a bound', () => {
  writeFileSync(events(), call(1));
  truncateSync(events(), 4 * 1024 ** 4);
  const { heard, journal } = follow(opencode, null);
  journal.read('s1');
  expect(heard).toEqual([{ type: 'waits', call: 1 }]);
});
