import type { z } from 'zod';
import { type FieldIssue, fieldIssues } from '../../contracts/error.ts';
import { fieldPath } from '../../contracts/field-path.ts';
import { Parameters, type ParameterValue, ParameterValues } from '../../contracts/parameters.ts';
import { Task } from '../../contracts/plan.ts';
import { COMMAND_FIELDS } from '../../contracts/repository/spec.ts';
import { Submission, TaskDefaults } from '../../contracts/submission.ts';
import { nearest } from '../text/nearest.ts';
import { secretNames } from '../text/secrets.ts';
import { filledCommand, type Values } from './command.ts';
import { referencesIn, replaced, soleReference } from './references.ts';
import { textOf, valuesOf } from './values.ts';

/** A submission in which everything stands that it is about, or what is wrong with its parameters. */
export type Expanded = { body: unknown; issues: FieldIssue[] };

/** What values may add to a submission, in characters. */
const MAX_PUT = 10_000_000;

/**
 * Puts the values of a submission's parameters in the place of their references, and its `defaults` into its tasks.
 * What results is checked as any other submission.
 */
export function expandSubmission(body: unknown): Expanded {
  if (!isObject(body)) return { body, issues: [] };
  const { parameters, with: given, defaults, ...rest } = body;
  const declared = Parameters.safeParse(parameters ?? {});
  const values = ParameterValues.safeParse(given ?? {});
  if (!declared.success || !values.success) {
    const issues = [
      ...(declared.success ? [] : fieldIssues(declared.error, ['parameters'])),
      ...(values.success ? [] : fieldIssues(values.error, ['with'])),
    ];
    return { body: rest, issues };
  }
  const known = valuesOf(declared.data, values.data);
  if (known.issues.length > 0) return { body: rest, issues: known.issues };
  const filler = new Filler(known.values);
  const filled = filler.fill(rest, []) as Record<string, unknown>;
  const common = TaskDefaults.safeParse(filler.fill(defaults ?? {}, ['defaults']));
  const issues = [...filler.issues, ...(common.success ? [] : fieldIssues(common.error, ['defaults']))];
  return { body: common.success ? withDefaults(filled, common.data) : filled, issues };
}

/** The tasks of a plan with what `defaults` says of fields that they leave out; variables of `env` one by one. */
function withDefaults(
  body: Record<string, unknown>,
  { env, ...defaults }: Record<string, unknown>,
): Record<string, unknown> {
  const { plan } = body;
  if (!isObject(plan) || !Array.isArray(plan.tasks)) return body;
  const tasks = plan.tasks.map((task: unknown) => {
    if (!isObject(task)) return task;
    const own = task.env ?? {};
    return { ...defaults, ...task, ...(env && isObject(own) ? { env: { ...env, ...own } } : {}) };
  });
  return { ...body, plan: { ...plan, tasks } };
}

/** Whether a dotted path leads to a text that refers to parameters, to one of these names where they are given. */
export function refersAt(body: unknown, path: string, names?: readonly string[]): boolean {
  const part = path
    .split('.')
    .reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined | null)?.[name], body);
  if (typeof part !== 'string') return false;
  return referencesIn(part, 'parameters').some(({ name }) => names === undefined || names.includes(name));
}

type Path = (string | number)[];

class Filler {
  readonly issues: FieldIssue[] = [];
  readonly #values: ReadonlyMap<string, ParameterValue>;
  readonly #inCommands: Values = {
    root: 'parameters',
    valueOf: (name) => textOf(this.#values.get(name)!),
    variableOf: (name) => `ORCHESTRATOR_PARAMETER_${name}`,
  };
  #put = 0;

  constructor(values: ReadonlyMap<string, ParameterValue>) {
    this.#values = values;
  }

  fill(part: unknown, path: Path): unknown {
    if (typeof part === 'string') return this.#text(part, path);
    if (Array.isArray(part)) return part.map((child, index) => this.fill(child, [...path, index]));
    if (!isObject(part)) return part;
    const filled = Object.fromEntries(
      Object.entries(part).map(([key, child]) => [
        key,
        isCommand([...path, key]) ? child : this.fill(child, [...path, key]),
      ]),
    );
    return this.#commands(filled, path);
  }

  #text(text: string, path: Path): unknown {
    const sole = soleReference(text);
    if (sole && isTyped(path) && this.#isKnown(sole.name, path)) return this.#values.get(sole.name);
    const references = referencesIn(text, 'parameters');
    if (!references.every(({ name }) => this.#isKnown(name, path))) return text;
    return this.#within(path, text, () =>
      replaced(text, references, ({ name }) => textOf(this.#values.get(name)!)),
    );
  }

  /** The commands that an object holds, each with its variables beside it. */
  #commands(part: Record<string, unknown>, path: Path): Record<string, unknown> {
    const result = { ...part };
    for (const key of Object.keys(part).filter((name) => isCommand([...path, name]))) {
      const at = [...path, key];
      const command = part[key];
      const isArguments = Array.isArray(command) && command.every((one) => typeof one === 'string');
      if (typeof command !== 'string' && !isArguments) continue;
      const names = [command]
        .flat()
        .flatMap((text) => referencesIn(text, 'parameters').map(({ name }) => name));
      if (names.length === 0 || !names.every((name) => this.#isKnown(name, at))) continue;
      const { command: filled, env, issues } = filledCommand(command, this.#inCommands);
      for (const issue of issues) this.#tell(at, issue);
      const variables = Object.keys(env).length > 0;
      if (variables && !isTask(path)) this.#tell(at, ONLY_ARGUMENTS);
      result[key] = this.#within(at, command, () => filled);
      if (!variables || (result.env !== undefined && !isObject(result.env))) continue;
      result.env = { ...(result.env as object | undefined), ...env };
      for (const [name, value] of Object.entries(env)) this.#within([...path, 'env', name], '', () => value);
    }
    return result;
  }

  #isKnown(name: string, path: Path): boolean {
    if (this.#values.has(name)) return true;
    const near = nearest(name, [...this.#values.keys()]);
    const hint = near.length > 0 ? `; did you mean ${near.join(' or ')}?` : '; declare it under parameters';
    this.#tell(path, `there is no parameter '${name}'${hint}`);
    return false;
  }

  /** What a text became; refused where it grew too long, or refers to a secret that the text did not. */
  #within<T extends string | string[]>(path: Path, before: T, fill: () => T): T {
    if (this.#put > MAX_PUT) return before;
    const after = fill();
    this.#put += [after].flat().join('').length - [before].flat().join('').length;
    if (this.#put > MAX_PUT) {
      this.#tell(
        path,
        `with the values of its parameters the submission is longer than ${MAX_PUT} characters`,
      );
      return before;
    }
    if (namesMore(before, after, secretNames)) {
      this.#tell(path, 'a value must not refer to a secret: write ${secret:NAME} into the task');
    }
    if (namesMore(before, after, resultNames)) {
      this.#tell(path, 'a value must not name a result: write {{ tasks.ID.output }} into the task');
    }
    return after;
  }

  #tell(path: Path, issue: string): void {
    this.issues.push({ path: fieldPath(path), issue });
  }
}

/** Whether texts name something that they did not before. */
function namesMore(
  before: string | string[],
  after: string | string[],
  namesIn: (text: string) => string[],
): boolean {
  const known = [before].flat().flatMap(namesIn);
  return [after].flat().some((text) => namesIn(text).some((name) => !known.includes(name)));
}

const resultNames = (text: string): string[] => referencesIn(text, 'tasks').map(({ name }) => name);

const ONLY_ARGUMENTS =
  'a shell command can take a parameter in a task only; here, write the command as a list of its arguments, or leave the parameter out';

/** A place in which a value keeps its type: a field that takes no text. */
function isTyped(path: Path): boolean {
  const field = String(path.at(-1));
  if (path.length === 1) return SUBMISSION_FIELDS.has(field);
  if (isTask(path.slice(0, -1)) || (path[0] === 'defaults' && path.length === 2))
    return TASK_FIELDS.has(field);
  return path[0] === 'plan' && path.length === 2 && field === 'acceptance_criteria';
}

const isTask = (path: Path): boolean => path.length === 3 && path[0] === 'plan' && path[1] === 'tasks';

const isCriterion = (path: Path): boolean =>
  typeof path.at(-1) === 'number' && path.at(-2) === 'acceptance_criteria' && path.length <= 3;

function isCommand(path: Path): boolean {
  const field = path.at(-1);
  const parent = path.slice(0, -1);
  if (parent.length === 0) return Object.values(COMMAND_FIELDS).some((name) => name === field);
  return field === 'command' && (isTask(parent) || isCriterion(parent));
}

const fieldsWithoutText = (shape: Record<string, z.ZodType>): ReadonlySet<string> =>
  new Set(Object.keys(shape).filter((name) => !shape[name]!.safeParse('text').success));
const SUBMISSION_FIELDS = fieldsWithoutText(Submission.shape);
const TASK_FIELDS = fieldsWithoutText(Task.shape);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
