import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { messageOf } from './launch-error.ts';

/** A small file of the launcher that says how things are. */
export interface StateFile {
  /** Writes it in one step, so that no reader sees half of it. Never throws: what can't be written is tried again. */
  write(text: string): void;
  /** Removes it, and forgets what could not be written. */
  remove(): void;
}

const RETRY_MS = 1000;

/** @param say is told once that the file can't be written, and once that it is */
export function stateFile(path: string, say: (line: string) => void): StateFile {
  const temporary = `${path}.${process.pid}`;
  let text = '';
  let retry: NodeJS.Timeout | undefined;
  const settle = () => {
    clearInterval(retry);
    retry = undefined;
  };
  const put = () => {
    try {
      writeFileSync(temporary, text);
      renameSync(temporary, path);
    } catch (error) {
      if (!retry) say(`${path} can't be written (${messageOf(error)}); trying again every second`);
      retry ??= setInterval(put, RETRY_MS).unref();
      return;
    }
    if (retry) say(`${path} is written again`);
    settle();
  };
  return {
    write(next) {
      text = next;
      put();
    },
    remove() {
      settle();
      for (const file of [temporary, path]) rmSync(file, { force: true });
    },
  };
}
