import { git } from '../git/git.ts';

/**
 * Reads files of a repository by what git calls them: shas, or `<sha>:<path>`, where a path is bytes as latin1.
 * Undefined for what is not there, is no file, or is beyond the limit, which counts for all of them together.
 */
export async function readBlobs(
  gitDir: string,
  { names, limit_bytes }: { names: readonly string[]; limit_bytes: number },
  signal: AbortSignal,
): Promise<(Buffer | undefined)[]> {
  const output = await catFile(gitDir, '--batch=%(objecttype) %(objectsize)', { names, limit_bytes }, signal);
  return answers(output, names, (type, size, at) => ({
    value: type === 'blob' && at + size <= output.length ? output.subarray(at, at + size) : undefined,
    end: at + size + 1,
  }));
}

/** Sizes in bytes of such files; undefined for what is not there, or is no file. */
export async function blobSizes(
  gitDir: string,
  names: readonly string[],
  signal: AbortSignal,
): Promise<(number | undefined)[]> {
  const output = await catFile(gitDir, '--batch-check=%(objecttype) %(objectsize)', { names }, signal);
  return answers(output, names, (type, size, at) => ({ value: type === 'blob' ? size : undefined, end: at }));
}

async function catFile(
  gitDir: string,
  how: string,
  { names, limit_bytes }: { names: readonly string[]; limit_bytes?: number },
  signal: AbortSignal,
): Promise<Buffer> {
  if (names.length === 0) return Buffer.alloc(0);
  const { stdout } = await git(['cat-file', how, '-z'], {
    cwd: gitDir,
    env: { GIT_DIR: gitDir },
    signal,
    input: Buffer.from(names.map((name) => `${name}\0`).join(''), 'latin1'),
    ...(limit_bytes === undefined ? {} : { limit_bytes, cut: true }),
  });
  return stdout;
}

function answers<T>(
  output: Buffer,
  names: readonly string[],
  read: (type: string, size: number, at: number) => { value: T; end: number },
): (T | undefined)[] {
  let at = 0;
  return names.map((name) => {
    // the name is told as it is, and may have more than one line
    const missing = Buffer.from(`${name} missing\n`, 'latin1');
    if (output.subarray(at, at + missing.length).equals(missing)) {
      at += missing.length;
      return undefined;
    }
    const line = output.indexOf('\n', at);
    if (line < 0) return undefined;
    const [type, size] = output.toString('latin1', at, line).split(' ');
    const { value, end } = read(type!, Number(size), line + 1);
    at = end;
    return value;
  });
}
