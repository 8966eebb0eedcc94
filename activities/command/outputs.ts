/** What a command's stdout says. */
export interface CommandOutputs {
  /** stdout as it is */
  output: string;
  /** named results, when the whole of stdout is one JSON object */
  outputs?: Record<string, unknown>;
}

/** Reads stdout as the task's output, and as its named outputs when it is nothing but a JSON object. */
export function parseOutputs(stdout: string): CommandOutputs {
  const text = stdout.trim();
  if (!text.startsWith('{') || !text.endsWith('}')) return { output: stdout };
  try {
    return { output: stdout, outputs: JSON.parse(text) as Record<string, unknown> };
  } catch {
    return { output: stdout };
  }
}
