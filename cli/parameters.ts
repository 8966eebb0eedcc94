import type { Command } from 'commander';
import { Option } from 'commander';
import { collectVariable, readObject } from './input.ts';

/** What {@link parameterOptions} gives. */
export interface ParameterOptions {
  param?: Map<string, string>;
  var?: Map<string, string>;
  paramsFile?: string;
}

/** Adds the options that give values to the parameters of a spec. */
export const parameterOptions = (command: Command): Command =>
  command
    .option('--param <name=value>', 'the value of one of its parameters (repeatable)', collectVariable)
    .option('--params-file <file>', 'values of its parameters, a YAML or JSON file; --param wins over it')
    .addOption(new Option('--var <name=value>', 'the same as --param').argParser(collectVariable).hideHelp());

/** The values that the options give. Throws a usage error for a file that is none. */
export async function parameterValues(options: ParameterOptions): Promise<Record<string, unknown>> {
  return {
    ...(options.paramsFile === undefined ? {} : await readObject(options.paramsFile)),
    ...Object.fromEntries([...(options.var ?? []), ...(options.param ?? [])]),
  };
}

/** A submission with values besides those that it gives itself; the same where there are none. */
export function withValues<T>(body: T, values: Readonly<Record<string, unknown>>): T {
  if (Object.keys(values).length === 0 || typeof body !== 'object' || body === null) return body;
  return { ...body, with: { ...Object((body as { with?: unknown }).with), ...values } };
}
