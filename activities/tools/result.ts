import type { Artifact } from '../../contracts/artifact.ts';
import type { ToolDeps } from './deps.ts';
import type { ToolContext, ToolOutput } from './tool.ts';

/** What an agent reads of a call. */
export interface ToolAnswer {
  text: string;
  artifacts: Artifact[];
  is_error: boolean;
}

/**
 * Brings a result down to what an agent reads at once: of a longer one its beginning and its end, the whole becomes
 * an artifact whose name stands between them. Secrets become `***`.
 */
export async function capResult(
  deps: Pick<ToolDeps, 'store' | 'tools' | 'mask'>,
  call: Pick<ToolContext, 'job_id' | 'task_id' | 'call_id'> & { tool: string },
  output: ToolOutput,
): Promise<ToolAnswer> {
  // NUL has no place in a conversation, and half a character none in JSON
  const text = deps.mask.text(output.text).replaceAll('\0', '\uFFFD').toWellFormed();
  const artifacts = output.artifacts ?? [];
  const is_error = output.is_error ?? false;
  const limit = deps.tools.result_chars;
  if (text.length <= limit && output.whole === undefined) return { text, artifacts, is_error };
  const kept = await keepWhole(deps, call, output.whole ?? text);
  const where =
    kept === null
      ? 'it could not be stored'
      : `the full text is the artifact \`${kept.name}\` (${kept.size_bytes} bytes), see read_artifact`;
  const short = text.length <= limit;
  const left_out = short || output.whole ? 'A part' : `${text.length - limit} characters`;
  const note = `[${left_out} left out here: ${where}]`;
  const half = Math.floor(limit / 2);
  return {
    text: short
      ? `${text}\n\n${note}`
      : `${text.slice(0, half).toWellFormed()}\n\n${note}\n\n${text.slice(-half).toWellFormed()}`,
    artifacts: kept ? [...artifacts, kept] : artifacts,
    is_error,
  };
}

/** Null when the store does not take it: the call itself was done, and must not be done again for that. */
async function keepWhole(
  { store }: Pick<ToolDeps, 'store'>,
  { job_id, task_id, tool, call_id }: Pick<ToolContext, 'job_id' | 'task_id' | 'call_id'> & { tool: string },
  source: NonNullable<ToolOutput['whole']>,
): Promise<Artifact | null> {
  const name = `tool-results/${tool}-${call_id.slice(-12).replace(/[^\w.-]/g, '_')}.txt`;
  return await store
    .artifactOf({ job_id, task_id, name, media_type: 'text/plain; charset=utf-8', source })
    .catch(() => null);
}
