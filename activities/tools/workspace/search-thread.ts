import { onThread, ThreadStopped } from '../../../config/thread.ts';
import { ToolError } from '../tool.ts';

const TIMEOUT_SECONDS = 30;

/** A search on a thread of its own. Throws a ToolError when it takes too long. */
export async function searchOnThread<T>(script: URL, request: unknown, signal: AbortSignal): Promise<T> {
  try {
    return await onThread<T>(script, request, { seconds: TIMEOUT_SECONDS, signal });
  } catch (error) {
    if (!(error instanceof ThreadStopped)) throw error;
    throw new ToolError(
      error.why === 'time'
        ? `The search took over ${TIMEOUT_SECONDS} s. Search a subfolder, or a simpler pattern.`
        : 'The search ended early. Try a simpler pattern.',
    );
  }
}
