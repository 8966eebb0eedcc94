import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import type { Contents } from '../../store/content/contents.ts';

/** A folder of its own, gone after the test. */
export function tempFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'orchestrator-repository-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** What a commit of a test changes: text, bytes, `->target` in an object for a link; null: the file goes. */
export type Change = string | Buffer | { link: string } | { program: string } | { submodule: string } | null;

/** A bare repository whose commits are made without a work tree. */
export interface Bare {
  git_dir: string;
  git(...args: string[]): string;
  /** gives the sha; `parent` null: the first one */
  commit(parent: string | null, changes: Record<string, Change>, message?: string): string;
  /** content of a file, undefined where it is not there */
  read(revision: string, path: string): string | undefined;
}

export function bare(folder = tempFolder()): Bare {
  const git_dir = join(folder, 'bare.git');
  mkdirSync(git_dir, { recursive: true });
  const made = bareAt(git_dir);
  made.git('init', '-q', '--bare', '-b', 'main');
  made.git('config', 'gc.auto', '0');
  return made;
}

/** One that is there. */
export function bareAt(git_dir: string): Bare {
  const folder = dirname(git_dir);
  const env = {
    PATH: process.env.PATH!,
    HOME: folder,
    GIT_DIR: git_dir,
    GIT_AUTHOR_DATE: '@1700000000 +0000',
    GIT_COMMITTER_DATE: '@1700000000 +0000',
  };
  const run = (args: string[], options: { input?: string | Buffer; env?: Record<string, string> } = {}) =>
    execFileSync('git', ['-c', 'user.name=Tess', '-c', 'user.email=tess@example.com', ...args], {
      env: { ...env, ...options.env },
      input: options.input,
      stdio: ['pipe', 'pipe', 'pipe'],
      maxBuffer: 1024 ** 3,
    });
  const text = (...args: string[]) => run(args).toString().trimEnd();
  const blobs = new Map<string, string>();
  const entry = (path: string, change: Change): Buffer => {
    const blob = (source: string | Buffer) => {
      const key = source.toString('latin1');
      const sha =
        blobs.get(key) ?? run(['hash-object', '-w', '--stdin'], { input: source }).toString().trim();
      blobs.set(key, sha);
      return sha;
    };
    const [mode, sha] =
      change === null
        ? ['0', '0'.repeat(40)]
        : typeof change === 'string' || Buffer.isBuffer(change)
          ? ['100644', blob(change)]
          : 'link' in change
            ? ['120000', blob(change.link)]
            : 'program' in change
              ? ['100755', blob(change.program)]
              : ['160000', change.submodule];
    return Buffer.concat([Buffer.from(`${mode} ${sha}\t`), Buffer.from(path, 'latin1'), Buffer.from('\0')]);
  };
  return {
    git_dir,
    git: text,
    commit(parent, changes, message = 'a change') {
      const index = { GIT_INDEX_FILE: join(folder, `index-${Math.random()}`) };
      if (parent) run(['read-tree', parent], { env: index });
      // paths as latin1, so that a test can say bytes that are no UTF-8
      const input = Buffer.concat(Object.entries(changes).map(([path, change]) => entry(path, change)));
      run(['update-index', '-z', '--index-info'], { input, env: index });
      const tree = run(['write-tree', '--missing-ok'], { env: index }).toString().trim();
      rmSync(index.GIT_INDEX_FILE, { force: true });
      return text('commit-tree', tree, '-m', message, ...(parent ? ['-p', parent] : []));
    },
    read(revision, path) {
      try {
        return run(['cat-file', 'blob', `${revision}:${path}`]).toString();
      } catch {
        return undefined;
      }
    },
  };
}

/** A content store in memory. */
export function memoryContents(): Pick<
  Contents,
  'putContent' | 'openContent' | 'getContent' | 'statContent'
> & {
  text(sha256: string): string;
} {
  const contents = new Map<string, Buffer>();
  const get = (sha256: string) => {
    const found = contents.get(sha256);
    if (!found) throw new Error(`The artifact store has no content ${sha256}.`);
    return found;
  };
  return {
    async putContent({ source }) {
      const bytes =
        typeof source === 'string' || Buffer.isBuffer(source)
          ? Buffer.from(source)
          : await buffer(
              source instanceof Readable ? source : (await import('node:fs')).createReadStream(source.path),
            );
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      contents.set(sha256, bytes);
      return { sha256, size_bytes: bytes.length };
    },
    openContent: async (sha256) => Readable.from([get(sha256)], { objectMode: false }),
    getContent: async (sha256) => get(sha256),
    statContent: async (sha256) => ({ sha256, size_bytes: get(sha256).length }),
    text: (sha256) => get(sha256).toString(),
  };
}

/** Writes files below a folder. */
export function writeFiles(folder: string, files: Record<string, string | { link: string }>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    if (typeof content === 'string') writeFileSync(join(folder, path), content);
    else symlinkSync(content.link, join(folder, path));
  }
}
