import type { Command } from 'commander';
import { action } from '../context.ts';

/** `orchestrator config check` */
export function configCommands(program: Command): void {
  const config = program.command('config').description('the configuration of the service');
  config
    .command('check')
    .description('read a configuration file and all agents, and name every mistake')
    .argument('[file]', 'default: ORCHESTRATOR_CONFIG, else orchestrator.yaml in this folder')
    .action(
      action(async ({ out }, [given]) => {
        const { loadConfig, namedConfigFile } = await import('../../config/load.ts');
        const { file, roster, config: settings } = loadConfig(given ?? namedConfigFile());
        const agents = roster.map(({ name, kind }) => ({ name, kind }));
        out.data({ file, agents, commands: settings.commands });
        out.print(
          file === null ? 'There is no orchestrator.yaml here; the defaults apply.' : `${file} is fine.`,
        );
        out.print(`Agents: ${agents.map(({ name, kind }) => `${name} (${kind})`).join(', ')}`);
      }),
    );
}
