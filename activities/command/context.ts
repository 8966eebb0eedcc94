import type { AttemptRequest } from '../../contracts/attempt.ts';
import type { Store } from '../../store/index.ts';
import type { LaidArtifact } from './inputs.ts';

/**
 * What a command is given on stdin and in `$ORCHESTRATOR_CONTEXT`: the task, the failure of the attempt before,
 * and the results of everything it depends on, in full, with the paths of their artifacts.
 */
export async function dependencyContext(
  store: Pick<Store, 'readOutput'>,
  request: AttemptRequest,
  laid: ReadonlyMap<string, LaidArtifact[]>,
) {
  const { task, dependencies, previous_failure } = request;
  const results = [];
  for (const { task_id, title, status, output } of dependencies) {
    const { text, data } = output ? await store.readOutput(output) : { text: null, data: null };
    const artifacts = laid.get(task_id) ?? [];
    results.push({ task_id, title, status, output: text, outputs: data ?? null, artifacts });
  }
  return { task, dependencies: results, ...(previous_failure ? { previous_failure } : {}) };
}
