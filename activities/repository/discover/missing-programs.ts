import { delimiter, join } from 'node:path';
import { isExecutable } from '../../../config/find-program.ts';
import type { OpenedRepository } from '../../../contracts/repository/work.ts';

/**
 * Commands are found by what lies in the repository, not by what is installed: says of each whose program is not there.
 * @param path folders where programs are looked for, as in PATH
 */
export function missingPrograms(commands: OpenedRepository['commands'], path: string): string[] {
  return Object.entries(commands).flatMap(([kind, { command, source }]) => {
    if (command === null || source !== 'found') return [];
    const [program = ''] = command.split(' ', 1);
    if (path.split(delimiter).some((folder) => isExecutable(join(folder, program)))) return [];
    return `${program} is not installed on the machine of the worker: install it for \`${command}\`, or give another ${kind}_command`;
  });
}
