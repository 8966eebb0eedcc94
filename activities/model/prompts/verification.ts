import { z } from 'zod';
import type { CallSubject } from '../../../contracts/attempt.ts';
import { clipped, DATA_RULE, fenced, joined, pieceLimit } from './data.ts';
import { type PromptText, toOutputSchema } from './prompt.ts';
import { describeResults, type ReadOutput } from './results.ts';
import { describeCriteria } from './tasks.ts';

/** One verdict as the model gives it. */
export const VerificationAnswer = z.object({
  verdicts: z.array(
    z.object({
      criterion_id: z.string(),
      verdict: z.enum(['met', 'unmet', 'unverified']),
      quote: z.string().describe('word for word from the material; empty where nothing in it speaks to it'),
      reason: z.string().describe('one or two sentences'),
    }),
  ),
});

const INSTRUCTIONS = `Your task now: judge each acceptance criterion by the material alone. You did none of the work and owe nobody a good verdict.
- met: the material shows it. Quote the passage that shows it, word for word.
- unmet: the material shows that it is not so, or that what it asks for is missing.
- unverified: the material neither shows nor refutes it. A claim without the thing itself is unverified.
Give exactly one verdict for every criterion.`;

/**
 * Asks for a verdict and evidence on each criterion. The first message is the material, and only that: quotes
 * are looked up in it. The brief and the conversation of the agents are left out on purpose.
 */
export async function verificationPrompt(
  subject: Extract<CallSubject, { purpose: 'verification' }>,
  plannerPrompt: string,
  readOutput: ReadOutput,
  readText: (ref: string) => Promise<string>,
): Promise<PromptText> {
  const report = subject.synthesis_ref
    ? fenced('the report', clipped(await readText(subject.synthesis_ref), pieceLimit(1)))
    : '';
  return {
    system: joined(plannerPrompt, DATA_RULE, INSTRUCTIONS),
    messages: [
      {
        role: 'user',
        content: joined(
          '# Results of the tasks',
          await describeResults(subject.results, readOutput),
          report ? joined('# The report made of them', report) : '',
        ),
      },
      { role: 'user', content: joined('# Acceptance criteria', ...describeCriteria(subject.criteria)) },
    ],
    output_schema: toOutputSchema(VerificationAnswer),
    criteria: subject.criteria,
  };
}
