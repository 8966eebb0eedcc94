import type { Command } from 'commander';
import { dataOf } from '../../client/client.ts';
import { action } from '../context.ts';
import { style } from '../output.ts';
import { table } from '../view/text.ts';

/** `orchestrator providers` */
export function serviceCommands(program: Command): void {
  program
    .command('providers')
    .description('list the model providers: what is set up, and what answers')
    .action(
      action(async ({ api, out }) => {
        const answer = await dataOf(api.GET('/orchestrate/providers'));
        out.data(answer);
        const head = ['PROVIDER', 'SET UP', 'ANSWERS', 'DEFAULT MODEL', 'KEY'].map((text) =>
          style('dim', text),
        );
        const rows = answer.providers.map(({ provider, configured, reachable, default_model, env_key }) => [
          provider,
          configured ? style('green', 'yes') : 'no',
          reachable ? style('green', 'yes') : 'no',
          default_model ?? '-',
          env_key ?? '-',
        ]);
        out.print(table([head, ...rows]).join('\n'));
      }),
    );
}
