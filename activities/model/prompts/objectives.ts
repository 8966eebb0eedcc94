import { z } from 'zod';
import type { CallSubject } from '../../../contracts/model-call.ts';
import { withCriterionIds } from '../../../core/plan/version.ts';
import { describeRequest } from './brief.ts';
import { bullets, DATA_RULE, joined, section } from './data.ts';
import { type PromptText, toOutputSchema } from './prompt.ts';
import { repairText } from './repair.ts';
import { overviewSection } from './repository.ts';

/** What the model answers: what it adds to what the request already says. */
export const ObjectivesAnswer = z.object({
  objectives: z.array(z.string().trim().min(1)).min(1),
  constraints: z.array(z.string().trim().min(1)).describe('only those that the request does not list'),
  acceptance_criteria: z
    .array(z.string().trim().min(1))
    .describe('only those that the request does not list; each checkable from the results'),
});

const INSTRUCTIONS = `Your task now: turn the request into objectives, constraints and acceptance criteria. Do not plan tasks yet.
- objectives: what is asked for, one sentence each, most important first.
- constraints: limits that follow from the request and are not in its list of constraints. Often none.
- acceptance_criteria: conditions by which an outsider can check the results, and that are not in its list of criteria. Leave it empty if the given ones suffice, and for requests too small to need any.`;

/** Asks for objectives, constraints and acceptance criteria, or for a better answer than the last one. What the request lists itself is kept as it is. */
export async function objectivesPrompt(
  subject: Extract<CallSubject, { purpose: 'objectives' }>,
  plannerPrompt: string,
  readAnswer: (ref: string) => Promise<string>,
): Promise<PromptText> {
  const criteria = withCriterionIds(subject.spec.acceptance_criteria);
  return {
    system: joined(plannerPrompt, DATA_RULE, INSTRUCTIONS),
    messages: [
      {
        role: 'user',
        content: joined(
          await overviewSection(subject.overview_ref, readAnswer),
          describeRequest(subject.spec, subject.feedback),
          section('Acceptance criteria given', bullets(criteria.map((criterion) => criterion.text))),
          await repairText(subject.repair, 'answer', readAnswer),
        ),
      },
    ],
    output_schema: toOutputSchema(ObjectivesAnswer),
    criteria,
    constraints: subject.spec.constraints,
  };
}
