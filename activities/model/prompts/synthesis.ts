import type { JobBrief } from '../../../contracts/attempt.ts';
import type { CallSubject } from '../../../contracts/model-call.ts';
import { describeBrief } from './brief.ts';
import { bullets, DATA_RULE, joined, section } from './data.ts';
import type { PromptText } from './prompt.ts';
import { describeResults, type ReadOutput } from './results.ts';

const INSTRUCTIONS = `Your task now: write the report of the finished job, in Markdown, for the person who asked for it.
- Begin with the outcome: what was asked for, and what there is now. Give results themselves, not a history of the work.
- Use only the results given. Name what failed, was skipped, is missing or contradictory, in words as plain as the rest.
- Results stand in the order of the plan. If a later task replaces the result of an earlier one (as a repair does), use the later one.
- Do not judge the acceptance criteria: that is done after you.`;

/** Asks for one report out of all results. */
export async function synthesisPrompt(
  subject: Extract<CallSubject, { purpose: 'synthesis' }>,
  brief: JobBrief,
  plannerPrompt: string,
  readOutput: ReadOutput,
): Promise<PromptText> {
  return {
    system: joined(plannerPrompt, DATA_RULE, INSTRUCTIONS),
    messages: [
      {
        role: 'user',
        content: joined(describeBrief(brief), section('Objectives', bullets(subject.objectives))),
      },
      {
        role: 'user',
        content: joined('# Results of the tasks', await describeResults(subject.results, readOutput)),
      },
    ],
  };
}
