import { z } from 'zod';
import type { CallSubject } from '../../../contracts/model-call.ts';
import { describeArtifacts, type ReadArtifact, textArtifacts } from './artifacts.ts';
import { clipped, DATA_RULE, fenced, joined, pieceLimit, REPORT_LABEL } from './data.ts';
import { type PromptText, toOutputSchema } from './prompt.ts';
import { repairText } from './repair.ts';
import { describeResults, type ReadOutput } from './results.ts';
import { describeCriteria } from './tasks.ts';

/** One verdict as the model gives it. */
export const VerificationAnswer = z.object({
  verdicts: z.array(
    z.object({
      criterion_id: z.string(),
      verdict: z.enum(['met', 'unmet', 'unverified']),
      quote: z.string().describe('word for word from the material; empty if nothing in it is relevant'),
      reason: z.string().describe('one or two sentences'),
    }),
  ),
});

const INSTRUCTIONS = `Your task now: judge each acceptance criterion by the material alone. You did none of the work and owe nobody a good verdict.
- met: the material shows it. Quote the passage that shows it, word for word.
- unmet: the material shows that it is not so: quote that passage, word for word. Or what it asks for is missing: leave the quote empty, and say what is missing.
- unverified: the material neither shows nor refutes it. A claim without the thing itself is unverified.
A quote is one passage from between the tags of the material, without anything left out or added: a whole line, a whole value, or three words and more. Anything else makes the criterion unverified.
Quote results and artifacts. The report was made of them and proves nothing about the work: it counts only for criteria that are about the report, the synthesis or the summary itself.
Results stand in the order of the plan. If a later task replaces the result of an earlier one (as a repair does), judge the later one.
Give exactly one verdict for every criterion.`;

/** How the material is read. */
export interface Material {
  read: ReadOutput;
  readText(ref: string): Promise<string>;
  readArtifact: ReadArtifact;
}

/**
 * Asks for a verdict and evidence on each criterion. The first message is the material, and only that: quotes
 * are looked up in it. The brief and the conversation of the agents are left out on purpose.
 */
export async function verificationPrompt(
  subject: Extract<CallSubject, { purpose: 'verification' }>,
  verifierPrompt: string,
  { read, readText, readArtifact }: Material,
): Promise<PromptText> {
  const { results, criteria, synthesis_ref, repair } = subject;
  const artifacts = await textArtifacts(results, readArtifact);
  const report = synthesis_ref ? await readText(synthesis_ref) : '';
  const pieces = results.length + artifacts.length + (report ? 1 : 0);
  const limit = pieceLimit(pieces);
  // what an agent that leads did by itself is all that there is
  const reported =
    results.length > 0
      ? { heading: 'The report made of them', label: REPORT_LABEL }
      : { heading: 'The result', label: 'the result' };
  return {
    system: joined(verifierPrompt, DATA_RULE, INSTRUCTIONS),
    messages: [
      {
        role: 'user',
        content: joined(
          '# Results of the tasks',
          await describeResults(results, read, pieces),
          artifacts.length > 0 ? joined('# Artifacts of the tasks', describeArtifacts(artifacts, limit)) : '',
          report ? joined(`# ${reported.heading}`, fenced(reported.label, clipped(report, limit))) : '',
        ),
      },
      {
        role: 'user',
        content: joined(
          '# Acceptance criteria',
          ...describeCriteria(criteria),
          await repairText(repair, 'answer', readText),
        ),
      },
    ],
    output_schema: toOutputSchema(VerificationAnswer),
    criteria,
  };
}
