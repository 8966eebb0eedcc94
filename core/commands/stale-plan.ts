import type { Problem } from '../../contracts/error.ts';
import type { JobState } from '../state/job-state.ts';

/** The problem of a decision about a version that is not the current one; null for the current one. */
export const stalePlan = (state: JobState, version: number | undefined): Problem | null =>
  version === undefined || version === state.plan!.version
    ? null
    : {
        code: 'stale_version',
        message: `version ${version} is not the current one; read version ${state.plan!.version} first`,
      };
