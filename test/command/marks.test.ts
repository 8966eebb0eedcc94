import { readdirSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readMark, releaseValue, takeValue } from '../../activities/process/marks.ts';

const folder = join(tmpdir(), `orchestrator-marks-${userInfo().uid}`);
const taken: number[] = [];
afterAll(() => {
  for (const value of taken) rmSync(join(folder, String(value)), { force: true });
});

test.skipIf(readMark('self') === undefined)(
  'a value is had by one run at a time, though its file goes',
  () => {
    for (let count = 0; count < 3; count += 1) taken.push(takeValue()!);
    // as a cleaner of old files does
    for (const value of taken) rmSync(join(folder, String(value)));
    taken.push(takeValue()!);
    releaseValue(taken[0]!);
    taken.push(takeValue()!);
    expect(new Set(taken).size).toBe(taken.length);
    expect(readdirSync(folder)).toContain(String(taken.at(-1)));
  },
);
