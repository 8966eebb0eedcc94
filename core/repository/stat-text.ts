import type { DiffFile, DiffStat } from '../../contracts/repository/view.ts';
import { printable } from '../text/printable.ts';

const BAR = 40;
/** Wider names are cut at their head, as git does. */
const NAME = 80;

/** A diff in the form of `git diff --stat`: a line a file, with a bar of its changes, and a sum. */
export function statText(stat: DiffStat): string {
  const { files, files_changed, insertions, deletions, truncated } = stat;
  const names = files.map(nameOf);
  const width = Math.max(0, ...names.map((name) => name.length));
  const counts = files.map(countOf);
  const digits = Math.max(0, ...counts.map((count) => count.length));
  const most = Math.max(1, ...files.map(changesOf));
  const scale = most > BAR ? BAR / most : 1;
  const lines = files.map((file, index) => {
    const name = names[index]!.padEnd(width);
    const bar = file.insertions === null ? '' : ` ${barOf(file, scale)}`;
    return ` ${name} | ${counts[index]!.padStart(digits)}${bar}`.trimEnd();
  });
  if (truncated) lines.push(` ... (${files_changed - files.length} more files)`);
  const sum = [
    ` ${counted(files_changed, 'file')} changed`,
    ...(insertions > 0 || deletions === 0 ? [`${counted(insertions, 'insertion')}(+)`] : []),
    ...(deletions > 0 || insertions === 0 ? [`${counted(deletions, 'deletion')}(-)`] : []),
  ].join(', ');
  return [...lines, files_changed === 0 ? ' 0 files changed' : sum, ''].join('\n');
}

function nameOf({ path, old_path }: DiffFile): string {
  const name = printable(old_path === undefined ? path : `${old_path} => ${path}`);
  return name.length <= NAME ? name : `...${name.slice(3 - NAME).toWellFormed()}`;
}

const countOf = ({ insertions, deletions }: DiffFile): string =>
  insertions === null || deletions === null ? 'Bin' : String(insertions + deletions);

const changesOf = ({ insertions, deletions }: DiffFile): number => (insertions ?? 0) + (deletions ?? 0);

/** Each side that has changes shows at least one sign. */
function barOf({ insertions, deletions }: DiffFile, scale: number): string {
  const signs = (count: number) => (count === 0 ? 0 : Math.max(1, Math.floor(count * scale)));
  return '+'.repeat(signs(insertions ?? 0)) + '-'.repeat(signs(deletions ?? 0));
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
