import { CommandWords } from './code-argument.ts';
import { type Reference, type Root, referencesIn, replaced } from './references.ts';
import { placesIn } from './shell.ts';

/** What references of one kind stand for. */
export interface Values {
  root: Root;
  /** the value of a reference, by its name; null: not known yet */
  valueOf(name: string): string | null;
  /** the variable of a command's environment that has the value */
  variableOf(name: string): string;
}

/** A command with values in it: what it became, the variables that it reads them from, and what is wrong. */
export interface FilledCommand {
  command: string | string[];
  env: Record<string, string>;
  issues: string[];
}

/**
 * Puts values into a command. An argv element takes them as they are. A shell string never does: a variable stands
 * there, which the shell does not read as code. A value that is not known yet is taken for one that begins with a dash.
 */
export const filledCommand = (command: string | string[], values: Values): FilledCommand =>
  typeof command === 'string' ? filledShell(command, values) : filledArguments(command, values);

function filledArguments(command: string[], values: Values): FilledCommand {
  const issues: string[] = [];
  const words = new CommandWords();
  const filled = command.map((part) => {
    const references = referencesIn(part, values.root);
    for (const { name, start } of references) {
      const program = words.readAsCode(part.slice(0, start), values.valueOf(name) ?? UNKNOWN);
      if (program === null) continue;
      const why = `it can not be given to ${program} here, which may read it as code; set a variable in env and read that`;
      issues.push(refusal(values, name, why));
    }
    words.add(part);
    return replaced(part, references, ({ name }) => values.valueOf(name) ?? '');
  });
  return { command: filled, env: {}, issues };
}

function filledShell(command: string, values: Values): FilledCommand {
  const references = referencesIn(command, values.root);
  const places = placesIn(command, references, (name) => values.valueOf(name) ?? UNKNOWN);
  const issues = places.flatMap((place, index) =>
    typeof place === 'string' ? [] : [refusal(values, references[index]!.name, place.refused)],
  );
  const env = Object.fromEntries(
    references.map(({ name }) => [values.variableOf(name), values.valueOf(name) ?? '']),
  );
  const placeOf = new Map<Reference, string>(
    references.map((one, index) => {
      const variable = values.variableOf(one.name);
      return [one, places[index] === 'plain' ? `"$${variable}"` : `\${${variable}}`];
    }),
  );
  return { command: replaced(command, references, (one) => placeOf.get(one)!), env, issues };
}

const UNKNOWN = '-';

const refusal = ({ root }: Values, name: string, why: string): string => `{{ ${root}.${name} }}: ${why}`;
