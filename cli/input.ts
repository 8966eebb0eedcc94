import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { InvalidArgumentError } from 'commander';
import { type Document, LineCounter } from 'yaml';
import { ANY_ALIASES, readYaml, yamlMistakes } from '../config/yaml/yaml.ts';
import { InvalidInput, usageError } from './exit.ts';

/** The text of a file, or of stdin for `-`. Throws a usage error. */
export async function readInput(file: string): Promise<string> {
  if (file === '-') return await text(process.stdin);
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw usageError(code === 'ENOENT' ? `There is no file ${file}.` : `${file} can't be read: ${code}.`);
  }
}

/** YAML or JSON text as it was read. Throws InvalidInput with the place of each mistake. */
export function readDocument(source: string, name: string, lineCounter = new LineCounter()): Document {
  // whole numbers as they are written: rounded ones would be sent as others
  const document = readYaml(source, { lineCounter, intAsBigInt: true });
  const mistakes = yamlMistakes(document);
  if (mistakes.length === 0) return document;
  throw new InvalidInput(
    `${shown(name)} is neither YAML nor JSON.`,
    mistakes.slice(0, 3).map((mistake) => ({ path: '', ...mistake, file: shortName(name) })),
  );
}

/** The value that YAML or JSON text says (JSON is YAML). Throws InvalidInput, or a usage error. */
export function parseYaml(source: string, name: string): unknown {
  const exact = (_: unknown, value: unknown) => {
    if (typeof value !== 'bigint') return value;
    if (BigInt(Number(value)) === value) return Number(value);
    throw usageError(`${shown(name)} holds the number ${value}, which would be rounded: write it in quotes.`);
  };
  return readDocument(source, name).toJS({ ...ANY_ALIASES, reviver: exact });
}

/** The object in a YAML or JSON file. Throws a usage error. */
export async function readObject(file: string): Promise<Record<string, unknown>> {
  return parseObject(await readInput(file), file);
}

/** The object that YAML or JSON text says. Throws a usage error. */
export function parseObject(source: string, name: string): Record<string, unknown> {
  const value = parseYaml(source, name);
  if (isObject(value)) return value;
  throw usageError(`${shown(name)} must hold an object with named fields.`);
}

/** Parses `name=value` options into a map, for commander. */
export function collectVariable(given: string, before: Map<string, string> = new Map()): Map<string, string> {
  const cut = given.indexOf('=');
  if (cut < 1) throw new InvalidArgumentError('Write it as name=value.');
  return new Map(before).set(given.slice(0, cut), given.slice(cut + 1));
}

/** Collects an option that may be given several times, for commander. */
export const collect = (given: string, before: string[] = []): string[] => [...before, given];

/** Parses a whole number of at least `min`, for commander. */
export const wholeNumber =
  (min: number) =>
  (given: string): number => {
    if (/^\d{1,9}$/.test(given) && Number(given) >= min) return Number(given);
    throw new InvalidArgumentError(`It must be a whole number of at least ${min}.`);
  };

/** Parses an amount of at least 0, for commander. */
export function amount(given: string): number {
  if (/^\d{1,9}(\.\d+)?$/.test(given)) return Number(given);
  throw new InvalidArgumentError('It must be an amount in USD, for instance 2.50.');
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A file, or stdin, as it is called before a line's number. */
export const shortName = (file: string): string => (file === '-' ? 'stdin' : file);

export const shown = (file: string): string => (file === '-' ? 'What came on stdin' : file);
