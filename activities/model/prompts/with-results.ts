import type { DependencyResult } from '../../../contracts/artifact.ts';
import { referencesIn, replaced } from '../../../core/parameters/references.ts';
import { readResult, resultText } from '../../../core/parameters/results.ts';
import { clipped, fenced, pieceLimit } from './data.ts';
import type { ReadOutput } from './results.ts';

/**
 * The words of a task with the results that they refer to. What refers to no result stays as it is.
 * @param shown a result as it stands there; left out: fenced as data
 */
export async function withResults(
  text: string,
  dependencies: readonly DependencyResult[],
  readOutput: ReadOutput,
  shown: (value: string, name: string) => string = (value, name) => fenced(name, value),
): Promise<string> {
  const references = referencesIn(text, 'tasks');
  const ids = dependencies.map(({ task_id }) => task_id);
  const values = new Map<string, string>();
  for (const { name } of references) {
    const asked = readResult(name, ids);
    const output = dependencies.find(({ task_id }) => task_id === asked?.task_id)?.output;
    if (!asked || values.has(name)) continue;
    const { text: said, data } = output ? await readOutput(output) : { text: '', data: null };
    const value = resultText(asked, { task_id: asked.task_id, output: said, outputs: data });
    values.set(name, shown(clipped(value ?? '(it gave no such thing)', pieceLimit(references.length)), name));
  }
  return replaced(text, references, ({ name, start, end }) => values.get(name) ?? text.slice(start, end));
}
