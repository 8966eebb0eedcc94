import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLogFile } from '../../telemetry/log/log-file.ts';
import { until } from '../setup/until.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'orchestrator-log-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function open(path: string) {
  const complaints: string[] = [];
  const complain = (text: string) => void complaints.push(text);
  return { log: openLogFile(path, { max_bytes: 1e6, keep: 2, complain }), complaints };
}
const linesOf = (path: string) => readFileSync(path, 'utf8').trim().split('\n');

describe('a log that cannot be written', () => {
  it('says so once, and has its lines when there is room again', async () => {
    const path = join(folder, 'x.log');
    symlinkSync('/dev/full', path);
    const { log, complaints } = open(path);
    for (const line of ['one\n', 'two\n', 'three\n']) log.write(line);
    expect(complaints).toEqual([expect.stringMatching(/x\.log can't be written \(ENOSPC.*every second/)]);

    unlinkSync(path);
    await until(() => complaints.length === 2, { what: 'the log to be written again' });
    log.write('four\n');
    expect(complaints[1]).toMatch(/is written again; 0 lines are left out/);
    expect(linesOf(path)).toEqual(['one', 'two', 'three', 'four']);
  });

  it('keeps the latest lines only', async () => {
    const path = join(folder, 'x.log');
    symlinkSync('/dev/full', path);
    const { log, complaints } = open(path);
    for (let n = 1; n <= 1200; n++) log.write(`${n}\n`);
    unlinkSync(path);
    await until(() => complaints.length === 2, { what: 'the log to be written again' });
    expect(complaints[1]).toMatch(/200 lines are left out/);
    expect(linesOf(path)).toHaveLength(1000);
    expect(linesOf(path)[0]).toBe('201');
  });

  it('waits for its folder', async () => {
    const logs = join(folder, 'logs');
    writeFileSync(logs, 'a file where the folder should be');
    const { log, complaints } = open(join(logs, 'x.log'));
    log.write('one\n');
    expect(complaints).toHaveLength(1);
    rmSync(logs);
    mkdirSync(logs);
    await until(() => complaints.length === 2, { what: 'the log to be written' });
    expect(linesOf(join(logs, 'x.log'))).toEqual(['one']);
  });
});
