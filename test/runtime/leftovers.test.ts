import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDataDir } from '../../config/data-dir.ts';
import { childRecorder, endLeftovers } from '../../runtime/leftovers.ts';
import { startedAt } from '../../runtime/processes.ts';
import { cleanUp, newFolder } from './launcher-process.ts';

let folder: string;
beforeEach(() => {
  folder = newFolder();
});
afterEach(() => cleanUp(folder));

describe('worker and API of a launcher that was killed', () => {
  it('are waited for', async () => {
    const dir = createDataDir(folder);
    const child = spawn('sh', ['-c', 'sleep 0.5']);
    await childRecorder(dir, () => {})('worker', child.pid!);
    const lines: string[] = [];
    await endLeftovers(dir, (line) => lines.push(line));
    expect(await startedAt(child.pid!)).toBeUndefined();
    expect(lines).toEqual([`waiting for the worker of the last start (pid ${child.pid}) to stop`]);
  });

  it('are not taken for a stranger with the same pid', async () => {
    const dir = createDataDir(folder);
    const stranger = spawn('sleep', ['60']);
    try {
      const record = { worker: { pid: stranger.pid, started: 'another time' } };
      writeFileSync(join(folder, 'children.json'), JSON.stringify(record));
      const lines: string[] = [];
      await endLeftovers(dir, (line) => lines.push(line));
      expect(lines).toEqual([]);
      expect(await startedAt(stranger.pid!)).toBeDefined();
    } finally {
      stranger.kill('SIGKILL');
      await once(stranger, 'exit');
    }
  });
});
