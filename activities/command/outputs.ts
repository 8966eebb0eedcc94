import { readExactObject } from '../../core/exact-json.ts';

/** What a command's stdout says. */
export interface CommandOutputs {
  /** stdout as it is */
  output: string;
  /** named results, when the whole of stdout is one JSON object */
  outputs?: Record<string, unknown>;
  /** why there are none, where stdout looks as if it meant to give some */
  unread?: string;
}

/**
 * Reads stdout as the task's output, and as its named outputs when it is nothing but a JSON object all of which can be
 * kept: its text is there with every digit in any case.
 */
export function parseOutputs(stdout: string): CommandOutputs {
  const text = stdout.trim();
  if (!text.startsWith('{') || !text.endsWith('}')) return { output: stdout };
  const read = readExactObject(text);
  return 'value' in read ? { output: stdout, outputs: read.value } : { output: stdout, unread: read.problem };
}
