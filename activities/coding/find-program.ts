import { statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import type { CodingAgentSettings } from '../../contracts/coding.ts';
import { searchPath } from '../command/environment.ts';
import { isExecutable } from '../command/start.ts';
import { DRIVERS } from './drivers/index.ts';

/** The program of an assistant, where commands find it; undefined: it is not there. */
export function findProgram(
  { driver, command }: Pick<CodingAgentSettings, 'driver' | 'command'>,
  path: string | undefined,
): string | undefined {
  const name = command ?? DRIVERS[driver]?.program ?? driver;
  if (isAbsolute(name)) return isProgram(name) ? name : undefined;
  return searchPath(path)
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find(isProgram);
}

const isProgram = (path: string): boolean =>
  isExecutable(path) && statSync(path, { throwIfNoEntry: false })?.isFile() === true;
