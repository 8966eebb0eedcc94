import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A bare repository for a test, made of one commit after the other without a checkout. */
export interface TestRepository {
  git_dir: string;
  git(args: readonly string[], input?: string | Buffer): string;
  /** a commit that has these files and nothing else */
  commit(files: Record<string, TestFile>): string;
  remove(): void;
}

/** A text, or another kind of entry; the content of a link is where it leads. */
export type TestFile =
  | string
  | Buffer
  | { mode: '120000' | '100755'; content: string }
  | { submodule: string };

/** In a temporary folder of its own. */
export function testRepository(): TestRepository {
  const folder = mkdtempSync(join(tmpdir(), 'repository-'));
  const git_dir = join(folder, 'repo.git');
  const git = (args: readonly string[], input: string | Buffer = '') =>
    execFileSync('git', args, {
      cwd: folder,
      input,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 ** 2,
      env: {
        PATH: process.env.PATH,
        GIT_DIR: git_dir,
        GIT_CONFIG_GLOBAL: '/dev/null',
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_AUTHOR_NAME: 'Ada',
        GIT_AUTHOR_EMAIL: 'ada@example.com',
        GIT_COMMITTER_NAME: 'Ada',
        GIT_COMMITTER_EMAIL: 'ada@example.com',
      },
    }).trim();
  git(['init', '--quiet', '--bare', git_dir]);
  return {
    git_dir,
    git,
    commit(files) {
      git(['read-tree', '--empty']);
      const lines = Object.entries(files).map(([path, file]) => {
        if (typeof file === 'object' && 'submodule' in file) return `160000 ${file.submodule}\t${path}`;
        const isPlain = typeof file === 'string' || Buffer.isBuffer(file);
        const sha = git(['hash-object', '-w', '--stdin'], isPlain ? file : file.content);
        return `${isPlain ? '100644' : file.mode} ${sha}\t${path}`;
      });
      git(['update-index', '-z', '--index-info'], lines.map((line) => `${line}\0`).join(''));
      return git(['commit-tree', '-m', 'files', git(['write-tree'])]);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Writes files below a folder. */
export function writeFiles(folder: string, files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}
