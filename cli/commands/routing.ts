import type { Command } from 'commander';
import { stringify } from 'yaml';
import { dataOf, type Schemas } from '../../client/client.ts';
import { CLI } from '../called.ts';
import { action, type Context } from '../context.ts';
import { readObject } from '../input.ts';
import { style } from '../output.ts';
import { harmless } from '../view/text.ts';

/** `orchestrator routing show` and `set` */
export function routingCommands(program: Command): void {
  const routing = program.command('routing').description('which models agents use if nothing else names one');
  routing
    .command('show')
    .description('show what is in force, and where it comes from')
    .action(action(async (context) => show(context, await dataOf(context.api.GET('/settings/routing', {})))));
  routing
    .command('set')
    .description("replace it as a whole, from the next call on (needs an admin's key)")
    .argument('<file>', 'YAML or JSON as under routing: of orchestrator.yaml, or - for stdin')
    .addHelpText(
      'after',
      `
Example:
  echo '{"worker_model": {"provider": "anthropic", "model": "claude-haiku-4-5"}}' | ${CLI} routing set -`,
    )
    .action(
      action(async (context, [file]) => {
        // checked by the service, which names every mistake by field
        const body = (await readObject(file!)) as Schemas['Routing'];
        show(context, await dataOf(context.api.PUT('/settings/routing', { body })));
      }),
    );
}

function show({ out }: Context, settings: Schemas['RoutingSettings']): void {
  out.data(settings);
  const { routing, source, updated_at, updated_by, warnings } = settings;
  const from = source === 'config' ? 'from orchestrator.yaml' : `set by ${updated_by} at ${updated_at}`;
  out.print(style('dim', `Routing, ${from}:`));
  out.print(harmless(stringify(routing).trimEnd()));
  for (const warning of warnings) out.print(style('yellow', harmless(warning)));
}
