import { stat } from 'node:fs/promises';
import type { Artifact, LeftOutFile } from '../../contracts/artifact.ts';
import { masked } from '../../store/content/masked.ts';
import { collectArtifacts } from '../command/artifacts.ts';
import type { ActivityDeps } from '../deps.ts';
import { maskWithLogins } from './login-mask.ts';
import type { Setting } from './setting.ts';

/** Stores what an assistant left as artifacts, and what its program printed: whatever it said stands there. */
export async function keepFiles(
  deps: ActivityDeps,
  { artifacts, request, settings, login }: Setting,
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
  // of a login that was renewed meanwhile, too
  const mask = maskWithLogins(deps.mask, login);
  for (const { name, path, media_type } of files) {
    const file = masked({ name, source: { path } }, mask);
    kept.push(await deps.store.artifactOf({ job_id, task_id, media_type, ...file }));
  }
  return { artifacts: kept, ...(found.left_out.length > 0 ? { left_out: found.left_out } : {}) };
}
