import { closeSync, constants, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { pipeFromProgram, pipeToProgram } from '../../activities/process/pipes.ts';

/** As a descriptor was opened, open(2). */
const flagsOf = (fd: number): number =>
  Number.parseInt(/^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))![1]!, 8);

test.skipIf(process.platform !== 'linux')('a program waits at its end of a pipe', async () => {
  for (const { ours, theirs } of [await pipeToProgram(), await pipeFromProgram()]) {
    expect(flagsOf(theirs.fd) & constants.O_NONBLOCK).toBe(0);
    closeSync(theirs.fd);
    ours.destroy();
  }
});
