import { readExactObject } from '../../core/text/exact-json.ts';
import { jsonProblem } from '../../core/text/json-problem.ts';

/** What a command's stdout says. */
export interface CommandOutputs {
  /** stdout as it is */
  output: string;
  /** named results, when the whole of stdout is one JSON object */
  outputs?: Record<string, unknown>;
  /** why there are none, when stdout looks as if there should be */
  warning?: string;
}

/** Begins like an object with names, in the quotes of JSON or of other languages. */
const LIKE_OBJECT = /^\{\s*["'}]/;

/**
 * Reads stdout as the task's output, and as its named outputs when it is nothing but a JSON object.
 * @param cut it is only the beginning
 */
export function parseOutputs(stdout: string, cut = false): CommandOutputs {
  const text = stdout.trim();
  if (!LIKE_OBJECT.test(text)) return { output: stdout };
  const found = jsonProblem(text);
  if (found === null) {
    const read = readExactObject(text);
    if ('value' in read) return { output: stdout, outputs: read.value };
    return without(stdout, read.problem);
  }
  // text or further lines of JSON after it: nobody meant it to be one object
  if (found.goes_on) return { output: stdout };
  return without(
    stdout,
    cut
      ? 'is longer than what is read of it (limits.output_bytes)'
      : `is not JSON at line ${found.line}, column ${found.column}: ${found.problem}`,
  );
}

const without = (stdout: string, why: string): CommandOutputs => ({
  output: stdout,
  warning: `The task has no outputs: stdout begins like a JSON object, but ${why}.`,
});
