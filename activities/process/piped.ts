import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import type { Exit, Program } from './launch.ts';
import { pipeFromProgram, pipeToProgram, withPipes } from './pipes.ts';
import { spawnProgram } from './spawn.ts';

/** A program that runs, with pipes to it. */
export interface Piped {
  /** its process id, which is also that of its group and session */
  pid: number;
  since: number | undefined;
  /** undefined: it has none, its stdin is empty */
  stdin: Writable | undefined;
  stdout: Readable;
  stderr: Readable;
  /** what it reads at descriptor 3; undefined: nothing */
  third: Writable | undefined;
  /** it has ended; rejects with SpawnerLost */
  exited: Promise<Exit>;
  /** it has ended, and all that was written to stdout and stderr is read; rejects with SpawnerLost */
  closed: Promise<Exit>;
}

/**
 * Starts a program with pipes.
 * @throws the system's refusal, with its `code`; PipeError, SpawnerLost
 */
export async function spawnPiped(
  program: Program,
  { stdin: has_stdin, third: has_third }: { stdin: boolean; third: boolean },
): Promise<Piped> {
  return await withPipes(async (open) => {
    const stdout = await open(pipeFromProgram);
    const stderr = await open(pipeFromProgram);
    const stdin = has_stdin ? await open(pipeToProgram) : undefined;
    const third = has_third ? await open(pipeToProgram) : undefined;
    const all = [stdin?.theirs ?? null, stdout.theirs, stderr.theirs, ...(third ? [third.theirs] : [])];
    const { exited, ...run } = await spawnProgram(program, all);
    // that it takes no more is no error: its exit code tells
    for (const one of [stdin, third]) one?.ours.on('error', () => {});
    const closed = Promise.all([exited, once(stdout.ours, 'close'), once(stderr.ours, 'close')]);
    return {
      ...run,
      exited,
      stdin: stdin?.ours,
      stdout: stdout.ours,
      stderr: stderr.ours,
      third: third?.ours,
      closed: closed.then(([exit]) => exit),
    };
  });
}
