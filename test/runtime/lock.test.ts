import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDataDir } from '../../config/data-dir.ts';
import { lockDataDir } from '../../runtime/lock.ts';
import { cleanUp, newFolder } from './launcher-process.ts';

let folder: string;
beforeEach(() => {
  folder = newFolder();
});
afterEach(() => cleanUp(folder));

describe('the lock of the data folder', () => {
  it('keeps a second one out, naming the first, until it is released', () => {
    const dir = createDataDir(folder);
    const lock = lockDataDir(dir);
    expect(() => lockDataDir(dir)).toThrow(`Another launcher (pid ${process.pid}) is running on ${folder}`);
    lock.release();
    lockDataDir(dir).release();
  });

  it('is free again when its process was killed', async () => {
    const dir = createDataDir(folder);
    const modules = join(import.meta.dirname, '../..');
    const script = `
      import { lockDataDir } from '${modules}/runtime/lock.ts';
      import { dataDir } from '${modules}/config/data-dir.ts';
      globalThis.held = lockDataDir(dataDir(process.argv[1])); // collected as garbage, it would be free
      console.log('locked');
      process.stdin.resume();`;
    const holder = spawn(process.execPath, ['--input-type=module', '-e', script, folder], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await once(holder.stdout, 'data');
    expect(() => lockDataDir(dir)).toThrow(`(pid ${holder.pid})`);
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    lockDataDir(dir).release();
  });
});
