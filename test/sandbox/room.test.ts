import { statfsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { noSandbox, type Sandbox } from '../../activities/sandbox/sandbox.ts';
import { tempFolder } from '../command/setup.ts';
import { MISSING, run, sandboxOf } from './setup.ts';

const MB = 1024 ** 2;

/** Runs something with these limits in a sandbox, where there can be one, and without. */
async function eachBox(limits: object, check: (box: Sandbox) => Promise<void>): Promise<void> {
  for (const box of [noSandbox({ limits }), ...(MISSING ? [] : [await sandboxOf({ ...limits })])]) {
    await check(box);
    await box.close();
  }
}

/** Writes so many files of 10 MB, by processes that end. */
const writes = (files: number) =>
  `for i in $(seq ${files}); do head -c 10M /dev/zero > $i; rm -f $((i - 6)); sleep 0.1; done; echo written`;

/** Free on the disk of the folders of tests. */
const freeMb = async (): Promise<number> => {
  const { bavail, bsize } = statfsSync(await tempFolder());
  return Math.floor((bavail * bsize) / MB);
};

describe('what a command writes', () => {
  test('is as much as it wants without a limit', async () => {
    await eachBox({ free_disk_mb: 0 }, async (box) => {
      expect(await run(box, writes(6))).toMatchObject({ stdout: 'written\n', ended_because: null });
    });
  });

  test('ends it when it is more than disk_mb, also what it deleted', async () => {
    await eachBox({ disk_mb: 30 }, async (box) => {
      expect(await run(box, writes(10_000))).toMatchObject({
        ...{ stdout: '', cancelled: false },
        ended_because:
          'wrote more than 30 MB to the disk (sandbox.disk_mb): have it write less, or raise that',
      });
    });
  });

  test('ends it when little is left on the disk and it goes on, whoever took the rest', async () => {
    const free_disk_mb = (await freeMb()) + 10_000;
    await eachBox({ free_disk_mb }, async (box) => {
      const { ended_because, folder } = await run(box, writes(10_000));
      expect(ended_because).toMatch(
        new RegExp(
          `^wrote \\d+ MB and went on with \\d+ MB free on the disk of ${folder}/\\w+, where ${free_disk_mb} MB have to stay \\(sandbox.free_disk_mb\\): make room there, or lower that$`,
        ),
      );
    });
  });

  test('does not end it for what others took, while it writes little itself, or nothing more', async () => {
    await eachBox({ free_disk_mb: (await freeMb()) + 10_000 }, async (box) => {
      const little = 'for i in $(seq 10); do echo $i > count; sleep 0.1; done; echo waited';
      expect(await run(box, little)).toMatchObject({ stdout: 'waited\n', ended_because: null });
      const once = 'head -c 70M /dev/zero > file; sleep 1; echo waited';
      expect(await run(box, once)).toMatchObject({ stdout: 'waited\n', ended_because: null });
    });
  });
});

describe.skipIf(MISSING)(`shared memory in a sandbox${MISSING ? ` (${MISSING})` : ''}`, () => {
  const FILE =
    'head -c 40M /dev/zero > /dev/shm/file; echo $?; df -B1M --output=size /dev/shm | tail -1; sleep 0.6';
  /** maps 60 MB that two processes share, fills them, and waits for a moment */
  const MAPPED = [
    'python3',
    '-c',
    `import mmap, os, time
shared = mmap.mmap(-1, 60 * 2**20)
pid = os.fork()
for _ in range(60): shared.write(b'x' * 2**20)
time.sleep(WAIT)
if pid: os.waitpid(pid, 0); print('shared')`,
  ];
  const mapped = (seconds: number) => MAPPED.map((one) => one.replace('WAIT', String(seconds)));
  const MEMORY = 'MB of memory (sandbox.memory_mb)';

  test('holds 1 GiB of files without a limit', async () => {
    const box = await sandboxOf();
    expect((await run(box, FILE)).stdout.split(/\s+/)).toEqual(['0', '1024', '']);
    await box.close();
  });

  test('holds no more than the memory of a command, and counts as such', async () => {
    const box = await sandboxOf({ memory_mb: 32 });
    const { stdout, ended_because } = await run(box, `${FILE}; sleep 300`);
    expect(stdout.split(/\s+/)).toEqual(['1', '32', '']);
    expect(ended_because).toBe(`took more than 32 ${MEMORY}`);
    await box.close();
  });

  test('without files counts once, however many processes share it', async () => {
    const free = await sandboxOf({ memory_mb: 110 });
    expect(await run(free, mapped(1))).toMatchObject({ stdout: 'shared\n', ended_because: null });
    await free.close();
    const box = await sandboxOf({ memory_mb: 50 });
    expect((await run(box, mapped(300))).ended_because).toBe(`took more than 50 ${MEMORY}`);
    await box.close();
  });
});
