import type { Command } from 'commander';
import { action } from '../context.ts';
import { auditDemo } from './audit.ts';
import { repositoryDemo } from './repository.ts';

/** `orchestrator demo`, also `npm run demo` */
export function demoCommand(program: Command): void {
  program
    .command('demo')
    .description('audit this checkout with commands only: plan, approval, retry, gate, report; no key needed')
    .option('--repository', 'make a small repository, and have five commands change it side by side')
    .action(
      action<{ repository?: boolean }>(async (context, _args, { repository }) =>
        repository ? repositoryDemo(context) : auditDemo(context),
      ),
    );
}
