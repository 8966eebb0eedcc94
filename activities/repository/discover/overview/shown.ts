import { visible } from '../../../../contracts/hidden-text.ts';

const PATH_CHARS = 300;

/** A path in one line, as somebody can read it: what can't be seen is shown by its numbers. */
export function shownPath(path: string): string {
  const cut = path.length > PATH_CHARS ? `${path.slice(0, PATH_CHARS).toWellFormed()}...` : path;
  return visible(cut.replaceAll('\n', '\\n').replaceAll('\t', '\\t'));
}

/** The beginning of a text, with a line that says so where that is not all. */
export function beginning(text: string, limit: number, whole = true): string {
  if (text.length <= limit && whole) return text;
  const room = Math.max(0, limit - LEFT_OUT.length);
  return `${text.slice(0, room).toWellFormed()}${LEFT_OUT}`;
}

const LEFT_OUT = '\n[... the rest is left out ...]';

/** A size for people, 1024 bytes a KB. */
export function shownSize(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const [unit, size] = bytes < 1024 ** 2 ? ['KB', bytes / 1024] : ['MB', bytes / 1024 ** 2];
  return `${size < 10 ? size.toFixed(1) : Math.round(size)} ${unit}`;
}
