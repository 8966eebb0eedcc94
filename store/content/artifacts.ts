import { createHash } from 'node:crypto';
import { type Artifact, INLINE_BYTES, PREVIEW_CHARS, type TaskOutput } from '../../contracts/artifact.ts';
import type { ContentSource, Contents } from './contents.ts';

/** Stores a named output of a task (or of the job itself: `task_id` null) and gives its description. */
export async function artifactOf(
  contents: Contents,
  input: { job_id: string; task_id: string | null; name: string; media_type: string; source: ContentSource },
): Promise<Artifact> {
  const { job_id, task_id, name, media_type, source } = input;
  const { sha256, size_bytes } = await contents.putContent({ job_id, source });
  const identity = JSON.stringify([job_id, task_id, name, sha256]);
  const artifact_id = createHash('sha256').update(identity).digest('hex').slice(0, 16);
  return { artifact_id, name, media_type, size_bytes, sha256, task_id };
}

/** An output small enough for Temporal's history: what is longer than {@link INLINE_BYTES} is stored. */
export async function toOutput(
  contents: Contents,
  input: { job_id: string; text: string; data?: Record<string, unknown> | null },
): Promise<TaskOutput> {
  const { job_id, text, data } = input;
  const output: TaskOutput = { preview: previewOf(text), bytes: Buffer.byteLength(text) };
  if (output.bytes <= INLINE_BYTES) output.text = text;
  else output.text_ref = (await contents.putContent({ job_id, source: text })).sha256;
  if (data) {
    const json = JSON.stringify(data);
    if (Buffer.byteLength(json) <= INLINE_BYTES) output.data = data;
    else output.data_ref = (await contents.putContent({ job_id, source: json })).sha256;
  }
  return output;
}

/** The whole text and data of an output. Throws a `not_found` problem when its content is gone. */
export async function readOutput(
  contents: Pick<Contents, 'getContent'>,
  output: TaskOutput,
): Promise<{ text: string; data: Record<string, unknown> | null }> {
  const read = async (sha256: string) => (await contents.getContent(sha256)).toString('utf8');
  const text = output.text_ref ? await read(output.text_ref) : (output.text ?? '');
  const data = output.data_ref
    ? (JSON.parse(await read(output.data_ref)) as Record<string, unknown>)
    : (output.data ?? null);
  return { text, data };
}

function previewOf(text: string): string {
  const cut = text.slice(0, PREVIEW_CHARS);
  // Half of a surrogate pair is no character.
  return /[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut;
}
