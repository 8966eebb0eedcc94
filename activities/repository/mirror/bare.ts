import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a new git directory is made with. */
export interface BareOptions {
  /** absolute; folders of objects that it reads besides its own */
  alternates?: readonly string[];
  /** the text of its `config`; left out: that of a bare repository, and nothing else */
  config?: string;
  /** patterns of gitignore(5) that hold besides those of the files */
  excluded?: string;
  /** what HEAD says; default `ref: refs/heads/main` */
  head?: string;
}

/**
 * Makes an empty git directory, as gitrepository-layout(5) has it: what `git init` makes, without the templates of the
 * machine and without a process.
 */
export function makeGitDir(folder: string, options: BareOptions = {}): void {
  for (const part of ['objects/info', 'objects/pack', 'refs/heads', 'info']) {
    mkdirSync(join(folder, part), { recursive: true });
  }
  writeFileSync(join(folder, 'config'), options.config ?? BARE);
  const { alternates = [] } = options;
  if (alternates.length > 0) {
    writeFileSync(join(folder, 'objects/info/alternates'), alternates.map((path) => `${path}\n`).join(''));
  }
  if (options.excluded) writeFileSync(join(folder, 'info/exclude'), options.excluded);
  writeFileSync(join(folder, 'HEAD'), `${options.head ?? 'ref: refs/heads/main'}\n`);
}

const BARE = '[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n';
