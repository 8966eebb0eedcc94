import type { DependencyResult } from '../../../contracts/artifact.ts';
import { clipped, fenced, joined, pieceLimit } from './data.ts';

/** Reads the whole text and data of an output, wherever it is kept. */
export type ReadOutput = (
  output: NonNullable<DependencyResult['output']>,
) => Promise<{ text: string; data: Record<string, unknown> | null }>;

/**
 * Results of tasks, each fenced as data under a line that says whose it is and how the task ended.
 * @param pieces how many texts share the prompt
 */
export async function describeResults(
  results: readonly DependencyResult[],
  readOutput: ReadOutput,
  pieces = results.length,
): Promise<string> {
  const limit = pieceLimit(pieces);
  const parts = await Promise.all(results.map((result) => describeResult(result, readOutput, limit)));
  return joined(...parts);
}

async function describeResult(
  result: DependencyResult,
  readOutput: ReadOutput,
  limit: number,
): Promise<string> {
  const { task_id, title, status, artifacts } = result;
  const output = result.output ? await readOutput(result.output) : null;
  const data = output?.data ? JSON.stringify(output.data) : '';
  // A command whose standard output is JSON has it as text too.
  const pieces = [output?.text ?? '', data === output?.text?.trim() ? '' : data];
  const text = pieces.filter(Boolean).join('\n');
  const files = artifacts.map(
    (artifact) => `${artifact.name} (${artifact.media_type}, ${artifact.size_bytes} bytes)`,
  );
  return joined(
    `### Task \`${task_id}\` (${status}): ${title}`,
    text ? fenced(`result of task ${task_id}`, clipped(text, limit)) : 'It gave no result.',
    files.length > 0 ? fenced(`names of the files of task ${task_id}`, files.join('\n')) : '',
  );
}
