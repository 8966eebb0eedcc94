import type { CallSubject, ModelAnswer, Repair } from '../../contracts/model-call.ts';
import type { Job } from './context.ts';
import { askForJob } from './model.ts';

/** How often an invalid answer is sent back to the model with what is wrong. */
const REPAIRS = 2;

/**
 * The answer to a question of the job that has to have a form, or why there is none; null when the job ends, or a
 * person goes on without it. One that can't be read, or has problems, is sent back with what is wrong; each repair is
 * a call of its own.
 */
export async function askUntilValid(
  job: Job,
  ask: (repair: Repair | null) => CallSubject,
  problemsIn: (answer: ModelAnswer) => string[] = () => [],
): Promise<{ answer: ModelAnswer; problem: null } | { problem: string } | null> {
  let repair: Repair | null = null;
  for (let tries = 0; tries <= REPAIRS; tries += 1) {
    const outcome = await askForJob(job, ask(repair));
    if (outcome === null) return null;
    if (outcome.status !== 'answered') {
      return { problem: outcome.status === 'blocked' ? outcome.message : outcome.error.message };
    }
    const { answer } = outcome;
    const problems = answer.purpose === 'invalid' ? answer.problems : problemsIn(answer);
    if (problems.length === 0 || !('answer_ref' in answer)) return { answer, problem: null };
    repair = { answer_ref: answer.answer_ref, problems };
  }
  return { problem: `its answer was not valid after ${REPAIRS} repairs: ${repair!.problems.join('; ')}` };
}
