import { stat } from 'node:fs/promises';
import type { Artifact, LeftOutFile } from '../../contracts/artifact.ts';
import { collectArtifacts } from '../command/artifacts.ts';
import type { ActivityDeps } from '../deps.ts';
import type { Setting } from './setting.ts';

/** Stores what an assistant left as artifacts, and what its program printed: whatever it said stands there. */
export async function keepFiles(
  deps: ActivityDeps,
  { artifacts, request, settings }: Setting,
  output_file: string,
): Promise<{ artifacts: Artifact[]; left_out?: LeftOutFile[] }> {
  const { job_id } = request;
  const { task_id } = request.task;
  const found = await collectArtifacts(artifacts, { max_file_bytes: deps.config.limits.artifact_bytes });
  const files = found.artifacts.map(({ name, path, media_type }) => ({ name, path, media_type }));
  const printed = await stat(output_file).catch(() => null);
  if (printed && printed.size > 0) {
    files.push({ name: `${settings.driver}.jsonl`, path: output_file, media_type: 'application/x-ndjson' });
  }
  const kept: Artifact[] = [];
  for (const { name, path, media_type } of files) {
    kept.push(await deps.store.artifactOf({ job_id, task_id, name, media_type, source: { path } }));
  }
  return { artifacts: kept, ...(found.left_out.length > 0 ? { left_out: found.left_out } : {}) };
}
