import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Task } from '../../contracts/plan.ts';
import { filledCommand } from '../../core/parameters/command.ts';
import { referencesIn, replaced } from '../../core/parameters/references.ts';
import { readResult, resultText, type TaskResultData } from '../../core/parameters/results.ts';
import { attemptFailure } from '../attempt-failure.ts';
import type { LaidArtifact } from './inputs.ts';

/** A longer value stands in a file, and the path of that in the place of the value. */
const MAX_VALUE_BYTES = 100_000;

/** What a dependency gave, and where its artifacts lie. */
type Given = TaskResultData & { artifacts: readonly LaidArtifact[] };

/**
 * The command of a task and its variables with the results in them that they refer to.
 * @param results of what the task depends on
 * @param folder where values are kept that are too long for an argument
 * @throws an attempt's failure `result_missing` for what no result has, `command_refused` where a value has no place
 */
export async function withResults(
  { command, env }: { command: string | string[]; env: Task['env'] },
  results: readonly Given[],
  folder: string,
): Promise<{ command: string | string[]; env: Task['env'] }> {
  const names = [...[command].flat(), ...Object.values(env)].flatMap((text) =>
    referencesIn(text, 'tasks').map(({ name }) => name),
  );
  if (names.length === 0) return { command, env };
  const distinct = [...new Set(names)];
  const values = new Map<string, string>();
  for (const [index, name] of distinct.entries())
    values.set(name, wholeOutput(name, results) ?? (await placed(resultNamed(name, results), index)));
  const filled = filledCommand(command, {
    root: 'tasks',
    valueOf: (name) => values.get(name)!,
    variableOf: (name) => `ORCHESTRATOR_RESULT_${distinct.indexOf(name) + 1}`,
  });
  if (filled.issues.length > 0) {
    throw attemptFailure({ code: 'command_refused', message: filled.issues.join('; '), retryable: false });
  }
  const variables = Object.entries(env).map(([key, text]) => [
    key,
    replaced(text, referencesIn(text, 'tasks'), ({ name }) => values.get(name)!),
  ]);
  return { command: filled.command, env: { ...Object.fromEntries(variables), ...filled.env } };

  async function placed(value: string, index: number): Promise<string> {
    if (Buffer.byteLength(value) <= MAX_VALUE_BYTES && !value.includes('\0')) return value;
    const values_dir = join(folder, '.values');
    await mkdir(values_dir, { recursive: true, mode: 0o700 });
    const path = join(values_dir, String(index + 1));
    await writeFile(path, value, { mode: 0o600 });
    return path;
  }
}

/** What a reference asks for, and of whom. */
function lookUp(name: string, results: readonly Given[]) {
  const ids = results.map(({ task_id }) => task_id);
  const asked = readResult(name, ids);
  const result = results.find(({ task_id }) => task_id === asked?.task_id);
  return { ids, asked, result };
}

/** Where all of an output lies that was too long to be kept as a result. */
function wholeOutput(name: string, given: readonly Given[]): string | null {
  const { asked, result } = lookUp(name, given);
  if (!result || asked?.path !== null) return null;
  const kept = Buffer.byteLength(result.output ?? '');
  const whole = result.artifacts.find((one) => one.name === 'stdout.log' && one.size_bytes > kept);
  return kept > MAX_VALUE_BYTES && whole ? whole.path : null;
}

function resultNamed(name: string, given: readonly Given[]): string {
  const { ids, asked, result } = lookUp(name, given);
  const value = asked && result ? resultText(asked, result) : null;
  if (value !== null) return value;
  const fields = Object.keys(result?.outputs ?? {})
    .join(', ')
    .slice(0, NAMED_CHARS);
  const why = result
    ? `the outputs of ${result.task_id} have no such field; they have ${fields || 'none: a command gives outputs by printing one JSON object'}`
    : `it names no task that this one depends on; those are ${ids.join(', ').slice(0, NAMED_CHARS) || 'none'}`;
  throw attemptFailure({ code: 'result_missing', message: `{{ tasks.${name} }}: ${why}`, retryable: false });
}

/** Of a list of names in a message. */
const NAMED_CHARS = 500;
