import type { Command } from 'commander';
import { namedConfigFile } from '../config/load.ts';
import { CLI } from './called.ts';
import { action } from './context.ts';
import { collect, readInput, shortName } from './input.ts';
import { type ParameterOptions, parameterOptions, parameterValues } from './parameters.ts';

interface ValidateOptions extends ParameterOptions {
  config?: string;
  withAgent?: string[];
}

const HELP = `
Examples:
  ${CLI} validate job.yaml
  cat job.json | ${CLI} validate -
  ${CLI} validate job.yaml --config /etc/orchestrator/orchestrator.yaml --with-agent translator

Every problem is told with the file, its line and column. Exit code 0: the file is valid; 2: it is not. Nothing is asked of a
service, so that agents which registered themselves there have to be named.`;

/** `orchestrator validate` */
export function validateCommand(program: Command): void {
  parameterOptions(program.command('validate'))
    .description('check a submission, without a service: its fields, and whether its plan can run')
    .argument('<file>', 'YAML or JSON file with the submission; - for stdin')
    .option(
      '--config <file>',
      'the configuration whose agents and limits apply (ORCHESTRATOR_CONFIG, else orchestrator.yaml in this folder, else the defaults)',
    )
    .option('--with-agent <name>', 'an agent that the service has besides those (repeatable)', collect)
    .addHelpText('after', HELP)
    .action(
      action<ValidateOptions>(async ({ out }, [file], options) => {
        const source = await readInput(file!);
        // what it checks with is only loaded when it checks
        const { checkText } = await import('./validate/check.ts');
        const values = await parameterValues(options);
        const agents = options.withAgent ?? [];
        const config = options.config ?? namedConfigFile();
        const checked = checkText(source, file!, { config, agents, values });
        const { sampled, tasks } = checked;
        out.data({ valid: true, file: shortName(file!), tasks, config: checked.config, parameters: sampled });
        const plan = tasks === null ? 'without a plan' : `${tasks} ${tasks === 1 ? 'task' : 'tasks'}`;
        out.print(`${shortName(file!)} is valid: ${plan}.`);
        if (sampled.length > 0)
          out.note(`It has to be given, with --param NAME=value: ${sampled.join(', ')}`);
      }),
    );
}
