/** The first git without holes that a hostile repository could use. */
export const NEEDED_GIT = '2.39.4';

/** Whether what `git version` prints names that version or a later one. */
export function isGitRecent(printed: string): boolean {
  const found = numbersIn(printed);
  for (const [index, least] of numbersIn(NEEDED_GIT).entries()) {
    const part = found[index] ?? 0;
    if (part !== least) return part > least;
  }
  return true;
}

function numbersIn(text: string): number[] {
  const found = /(\d+)\.(\d+)(?:\.(\d+))?/.exec(text);
  return found ? found.slice(1).map((part) => Number(part ?? 0)) : [0];
}
