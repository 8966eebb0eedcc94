/** Characters that are told of one name, and of a whole path. */
const NAME_CHARS = 100;
const PATH_CHARS = 500;

/** Where something is, as a dotted path (`tasks.0.depends_on`). Names come from outside and can be as long as a body. */
export function fieldPath(names: readonly PropertyKey[]): string {
  let path = '';
  for (const [index, name] of names.entries()) {
    path += `${index === 0 ? '' : '.'}${shortened(String(name), NAME_CHARS)}`;
    if (path.length > PATH_CHARS) return shortened(path, PATH_CHARS);
  }
  return path;
}

const shortened = (text: string, chars: number): string =>
  text.length > chars ? `${text.slice(0, chars - 3).toWellFormed()}...` : text;
