import type { Command } from 'commander';
import { ownVersion } from '../config/version.ts';
import { CLI } from './called.ts';
import { usageError } from './exit.ts';

/** `orchestrator help [command...]` and `orchestrator version` */
export function helpCommands(program: Command): void {
  program
    .command('help')
    .description('print the help of a command')
    .argument('[command...]', 'its name')
    .action(async (names: string[]) => {
      const known: string[] = [];
      let command = program;
      for (const name of names) {
        const next = command.commands.find((one) => one.name() === name || one.aliases().includes(name));
        if (!next && command.commands.length === 0)
          throw usageError(
            `\`${known.join(' ')}\` has no commands of its own. \`${CLI} help\` lists the commands.`,
          );
        // says that there is none, and which ones are near
        if (!next) return void (await program.parseAsync([...known, name], { from: 'user' }));
        known.push(name);
        command = next;
      }
      command.outputHelp();
    });
  program
    .command('version')
    .description('print the version')
    .action(() => void process.stdout.write(`${ownVersion()}\n`));
}
