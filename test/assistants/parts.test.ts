import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { prepareHome, returnLogins } from '../../activities/coding/home.ts';
import { createJsonLines, type OutputLine } from '../../activities/coding/json-lines.ts';
import { createMeter } from '../../activities/coding/meter.ts';
import type { Usage } from '../../contracts/money.ts';

describe('lines of output', () => {
  const read = (chunks: (string | Buffer)[], limit?: number): OutputLine[] => {
    const lines: OutputLine[] = [];
    const splitter = createJsonLines((line) => lines.push(line), limit);
    for (const chunk of chunks) splitter.push(Buffer.from(chunk));
    splitter.end();
    return lines;
  };

  test('come whole, however they are cut, the last without its end', () => {
    const euro = Buffer.from('{"a":"€"}');
    expect(
      read([euro.subarray(0, 7), euro.subarray(7), '\r\n\n{"b":', '1}']).map(({ value }) => value),
    ).toEqual([{ a: '€' }, { b: 1 }]);
  });

  test('that are no JSON, cut off, too long or too deep have no value, and are no error', () => {
    const deep = `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`;
    const long = `{"a":"${'x'.repeat(200_000)}"}`;
    const lines = read(
      ['WARNING: noise\n', '{"a":\n', `${deep}\n`, `${long}\n`, '{"b":1}\n', '"text"\n'],
      150_000,
    );
    expect(lines.map(({ value }) => value)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      { b: 1 },
      undefined,
    ]);
    expect(lines[3]!.text).toBe('[a line of 200008 bytes, left out]');
  });
});

describe('the meter', () => {
  const price = { input_usd: 1, output_usd: 10, cache_read_usd: 0.1, cache_write_usd: 2, source: 'test' };
  const usage = (input_tokens: number, output_tokens = 0): Usage => ({
    ...{ input_tokens, output_tokens },
    ...{ cache_read_tokens: 0, cache_write_tokens: 0 },
  });
  const used = (call: string, input: number, output: number) =>
    ({ type: 'usage', call, model: null, usage: usage(input, output) }) as const;

  test('counts each call once, as it was said last', () => {
    const meter = createMeter(() => price);
    for (const heard of [used('1', 100, 1), used('2', 200, 1), used('1', 100, 10), used('2', 200, 20)])
      meter.hear(heard);
    expect(meter.usage()).toEqual(usage(300, 30));
    expect(meter.cost_usd()).toBeCloseTo((300 * 1 + 30 * 10) / 1e6, 9);
  });

  test('takes the sums at the end where they are more: calls that nobody saw', () => {
    const meter = createMeter((model) => (model === 'small' ? { ...price, input_usd: 0.5 } : price));
    meter.hear(used('1', 100, 10));
    const models = [
      { model: null, usage: usage(100, 10) },
      { model: 'small', usage: usage(40) },
    ];
    meter.hear({ type: 'total', models });
    expect(meter.usage()).toEqual(usage(140, 10));
    expect(meter.cost_usd()).toBeCloseTo((100 + 100 + 20) / 1e6, 9);
  });

  test('counts the prompt of a call that was under way when it was cut off, and none where there was none', () => {
    const meter = createMeter(() => price, 50);
    expect(meter.unseen().usage).toEqual(usage(50));
    meter.cutOff();
    expect(meter.usage()).toEqual(usage(0));
    meter.hear({ type: 'session', id: 's' });
    meter.cutOff();
    expect(meter.usage()).toEqual(usage(50));
    meter.hear(used('1', 100, 10));
    meter.cutOff();
    expect(meter.usage()).toEqual(usage(150, 10));
    expect(meter.unseen().usage).toEqual(usage(250, 10));
    meter.hear({ type: 'tool_result', id: 'x', content: '', is_error: false });
    meter.cutOff();
    expect(meter.usage()).toEqual(usage(250, 10));
  });

  test('takes no call for under way where a tool ends with what is told to end', () => {
    const meter = createMeter(() => price);
    meter.hear(used('1', 100, 10));
    meter.stops();
    meter.hear({ type: 'tool_result', id: 'x', content: 'interrupted', is_error: true });
    meter.cutOff();
    expect(meter.usage()).toEqual(usage(100, 10));
  });
});

describe('its HOME', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'orchestrator-home-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test("has its owner's login, and gives back one that was renewed by a new file", () => {
    const userHome = join(folder, 'user');
    const home = join(folder, 'own');
    const login = { userHome, paths: ['.tool/login.json', '.tool/none.json'] };
    mkdirSync(join(userHome, '.tool'), { recursive: true });
    writeFileSync(join(userHome, '.tool/login.json'), 'old');
    prepareHome(home, { '.tool/settings.json': '{}' }, login);
    expect(readFileSync(join(home, '.tool/login.json'), 'utf8')).toBe('old');
    writeFileSync(join(home, '.tool/login.json'), 'renewed in its place');
    expect(readFileSync(join(userHome, '.tool/login.json'), 'utf8')).toBe('renewed in its place');
    rmSync(join(home, '.tool/login.json'));
    writeFileSync(join(home, '.tool/login.json'), 'renewed by a new file');
    returnLogins(home, login);
    expect(readFileSync(join(userHome, '.tool/login.json'), 'utf8')).toBe('renewed by a new file');
    expect(existsSync(join(home, '.tool/login.json'))).toBe(false);
    // one that is no login, however long it pretends to be
    writeFileSync(join(home, '.tool/login.json'), '');
    truncateSync(join(home, '.tool/login.json'), 4 * 1024 ** 4);
    returnLogins(home, login);
    expect(readFileSync(join(userHome, '.tool/login.json'), 'utf8')).toBe('renewed by a new file');
  });
});
