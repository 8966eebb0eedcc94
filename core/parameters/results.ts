/** What a reference to a result means: the output of a task as text, or what stands at a path of its outputs. */
export interface ResultReference {
  task_id: string;
  /** null: the output as text */
  path: string[] | null;
}

/**
 * Reads `ID.output` and `ID.outputs.PATH`. Ids may hold dots, so the longest one that is known is meant.
 * @returns null where it is none of them
 */
export function readResult(name: string, taskIds: readonly string[]): ResultReference | null {
  const task_id = taskIds
    .filter((id) => name.startsWith(`${id}.`))
    .reduce<string | null>(
      (longest, id) => (longest === null || id.length > longest.length ? id : longest),
      null,
    );
  if (task_id === null) return null;
  const [what, ...path] = name.slice(task_id.length + 1).split('.');
  if (what === 'output' && path.length === 0) return { task_id, path: null };
  return what === 'outputs' && path.length > 0 && path.every(Boolean) ? { task_id, path } : null;
}

/** What a task gave. */
export interface TaskResultData {
  task_id: string;
  /** null: nothing */
  output: string | null;
  outputs: Record<string, unknown> | null;
}

/** What a reference stands for: a text without line breaks at its end, anything else as JSON; null: there is no such thing. */
export function resultText({ path }: ResultReference, { output, outputs }: TaskResultData): string | null {
  if (path === null) return (output ?? '').replace(/[\r\n]+$/, '');
  const value = path.reduce<unknown>(
    (at, key) =>
      typeof at === 'object' && at !== null && Object.hasOwn(at, key)
        ? (at as Record<string, unknown>)[key]
        : undefined,
    outputs,
  );
  if (value === undefined) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
