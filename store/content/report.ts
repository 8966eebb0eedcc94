import type { Artifact } from '../../contracts/artifact.ts';
import { ProblemError } from '../../contracts/error.ts';
import type { JobView } from '../../contracts/view.ts';
import type { Contents } from './contents.ts';

/**
 * The report that was made of a job's results, whole: its artifact where it has one that is still there, else what the
 * view holds of it; null where there is none.
 */
export async function readReport(
  contents: Pick<Contents, 'getContent'>,
  { synthesis, synthesis_artifact_id }: Pick<JobView, 'synthesis' | 'synthesis_artifact_id'>,
  artifacts: readonly Artifact[],
): Promise<string | null> {
  const report = artifacts.find(({ artifact_id }) => artifact_id === synthesis_artifact_id);
  if (!report) return synthesis;
  try {
    return (await contents.getContent(report.sha256)).toString('utf8');
  } catch (error) {
    if (error instanceof ProblemError && error.problem.code === 'not_found') return synthesis;
    throw error;
  }
}
