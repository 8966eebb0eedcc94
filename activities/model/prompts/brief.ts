import type { JobBrief } from '../../../contracts/attempt.ts';
import type { JobSpec } from '../../../contracts/spec.ts';
import { bullets, clipped, fenced, joined, pieceLimit, readable, section } from './data.ts';

/** What the job is about. */
export function describeBrief(
  brief: Pick<JobBrief, 'title' | 'description' | 'constraints' | 'context'>,
): string {
  return joined(
    `# The job: ${brief.title}`,
    brief.description,
    section('Constraints', bullets(brief.constraints)),
    brief.context === undefined || brief.context === null
      ? ''
      : joined('## Context', fenced('context of the job', clipped(readable(brief.context), pieceLimit(1)))),
  );
}

/** The request, with what its sender said of an earlier plan. */
export function describeRequest(spec: JobSpec, feedback: string | null): string {
  return joined(
    describeBrief(spec),
    feedback ? `## Feedback on the previous plan\nTake it into account:\n${feedback}` : '',
  );
}
