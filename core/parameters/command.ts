import type { ParameterValue } from '../../contracts/parameters.ts';
import { readAsCode } from './code-argument.ts';
import { type Reference, referencesIn, replaced } from './references.ts';
import { placesIn } from './shell.ts';
import { textOf } from './values.ts';

/** A command with values in it: what it became, the variables that it reads them from, and what is wrong. */
export interface FilledCommand<C extends string | string[]> {
  command: C;
  env: Record<string, string>;
  issues: string[];
}

/** The variable of a command's environment that has the value of a parameter. */
export const variableOf = (name: string): string => `ORCHESTRATOR_PARAMETER_${name}`;

/**
 * Puts values into a command. An argv element takes them as they are. A shell string never does: a variable stands
 * there, which the shell does not read as code.
 * @param values of all names that are referred to
 */
export const filledCommand = (
  command: string | string[],
  values: ReadonlyMap<string, ParameterValue>,
): FilledCommand<string | string[]> =>
  typeof command === 'string' ? filledShell(command, values) : filledArguments(command, values);

function filledArguments(
  command: string[],
  values: ReadonlyMap<string, ParameterValue>,
): FilledCommand<string[]> {
  const issues: string[] = [];
  const filled = command.map((part, index) => {
    const references = referencesIn(part);
    for (const { name, start } of references) {
      const program = readAsCode(command.slice(0, index), part.slice(0, start), textOf(values.get(name)!));
      if (program === null) continue;
      issues.push(
        refusal(
          name,
          `it can not be given to ${program} here, which may read it as code; set a variable in env and read that`,
        ),
      );
    }
    return replaced(part, references, ({ name }) => textOf(values.get(name)!));
  });
  return { command: filled, env: {}, issues };
}

function filledShell(command: string, values: ReadonlyMap<string, ParameterValue>): FilledCommand<string> {
  const references = referencesIn(command);
  const places = placesIn(command, references, (name) => textOf(values.get(name)!));
  const issues = places.flatMap((place, index) =>
    typeof place === 'string' ? [] : [refusal(references[index]!.name, place.refused)],
  );
  const env = Object.fromEntries(references.map(({ name }) => [variableOf(name), textOf(values.get(name)!)]));
  const placeOf = new Map<Reference, string>(
    references.map((one, index) => [
      one,
      places[index] === 'plain' ? `"$${variableOf(one.name)}"` : `\${${variableOf(one.name)}}`,
    ]),
  );
  return { command: replaced(command, references, (one) => placeOf.get(one)!), env, issues };
}

const refusal = (name: string, why: string): string => `{{ parameters.${name} }}: ${why}`;
