import type { AttemptRequest } from '../../contracts/attempt.ts';
import type { ReadOutput } from '../model/prompts/results.ts';
import { withResults } from '../model/prompts/with-results.ts';

/** What an agent outside is asked, with the results in its words that they refer to. */
export async function toldOf(request: AttemptRequest, readOutput: ReadOutput): Promise<AttemptRequest> {
  const { task, dependencies } = request;
  const description = await withResults(task.description, dependencies, readOutput, (value) => value);
  return { ...request, task: { ...task, description } };
}
