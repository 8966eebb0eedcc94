import type { Command } from 'commander';
import { type ApiAddress, type ApiClient, createClient } from '../client/client.ts';
import { envText } from '../config/env.ts';
import { apiUrl } from './address.ts';
import { createOutput, type Output } from './output.ts';

/** Options that every command takes. */
export interface GlobalOptions {
  url?: string;
  dataDir?: string;
  json?: boolean;
}

/** What a command works with. */
export interface Context {
  api: ApiClient;
  address: ApiAddress;
  out: Output;
  globals: GlobalOptions;
}

/** Arguments as they were given, in order; left out ones are undefined. */
type Args = readonly (string | undefined)[];

type Handler<O> = (context: Context, args: Args, options: O) => Promise<unknown>;

/** Makes a handler into what commander calls; its number becomes the exit code. */
export function action<O extends object = Record<string, never>>(
  handler: Handler<O>,
): (...given: unknown[]) => Promise<void> {
  return async (...given) => {
    const command = given.at(-1) as Command;
    const exit = await handler(
      contextOf(command.optsWithGlobals()),
      command.processedArgs as Args,
      command.opts() as O,
    );
    if (typeof exit === 'number') process.exitCode = exit;
  };
}

/** The context that the global options ask for. */
function contextOf(globals: GlobalOptions): Context {
  const { url } = apiUrl({ url: globals.url, data_dir: globals.dataDir });
  const address = { url, api_key: envText('ORCHESTRATOR_API_KEY') };
  return { api: createClient(address), address, out: createOutput(globals.json === true), globals };
}
