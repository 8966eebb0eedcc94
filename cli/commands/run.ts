import type { Command } from 'commander';
import { CLI } from '../called.ts';
import { action } from '../context.ts';
import { TIMEOUT_OPTION } from './common.ts';
import { type SubmitOptions, specOptions, submit } from './submit.ts';

const HELP = `
Examples:
  ${CLI} run job.yaml
  ${CLI} run release.yaml --param version=1.4 --json

The same as \`${CLI} submit --auto-approve --wait\`: nobody is asked about the plan. Exit code 0: the job is completed; 6: it ended
in another way; 7: it waits for a person. With --json, the last line is the job. See docs/ci.md.`;

/** `orchestrator run` */
export function runCommand(program: Command): void {
  specOptions(
    program
      .command('run')
      .description('start a job without asking, and wait for its end: for scripts and CI'),
  )
    .addOption(TIMEOUT_OPTION)
    .addHelpText('after', HELP)
    .action(
      action<SubmitOptions>(async (context, [file], options) =>
        submit(context, file, { ...options, autoApprove: true, wait: true }),
      ),
    );
}
