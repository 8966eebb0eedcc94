import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RepositoryPoint } from '../../../contracts/repository/work.ts';

/** Notes in a job's folder which repository its clones are of, for whoever is to remove them once nobody else knows. */
export function notePoint(workDir: string, at: RepositoryPoint): void {
  const path = pathOf(workDir, at.job_id);
  const text = JSON.stringify(at);
  if (read(path) === text) return;
  mkdirSync(join(path, '..'), { recursive: true });
  const made = `${path}.${process.pid}`;
  writeFileSync(made, text);
  renameSync(made, path);
}

/** Undefined: the job has worked in no repository on this host. */
export function notedPoint(workDir: string, jobId: string): RepositoryPoint | undefined {
  const text = read(pathOf(workDir, jobId));
  return text === undefined ? undefined : (JSON.parse(text) as RepositoryPoint);
}

const pathOf = (workDir: string, jobId: string): string => join(workDir, jobId, '.repository', '.point.json');

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
