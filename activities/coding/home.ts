import { randomUUID } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { loginsIn } from '../../config/assistants.ts';

/** Where an assistant that works on a task keeps its conversations and settings, and what we keep of its runs. */
export interface TaskHome {
  home: string;
  /** what is known of one conversation, by our id of it */
  state_file(ownSession: string): string;
  /** where it leaves files that become artifacts, however often it is gone on with */
  artifacts(ownSession: string): string;
  /** what its program printed, as far as that is kept */
  output_file(ownSession: string): string;
  /** its `/tmp` in a sandbox, gone with the run */
  tmp: string;
  /** says what runs, for whoever starts it again */
  running_file: string;
}

/** Ids of jobs and tasks are names of folders as they are. */
export function taskHome(workDir: string, jobId: string, taskId: string): TaskHome {
  const folder = join(workDir, jobId, '.assistants', taskId);
  return {
    home: join(folder, 'home'),
    state_file: (ownSession) => join(folder, ownSession, 'state.json'),
    artifacts: (ownSession) => join(folder, ownSession, 'artifacts'),
    output_file: (ownSession) => join(folder, ownSession, 'output.jsonl'),
    tmp: join(folder, 'tmp'),
    running_file: join(folder, 'running.json'),
  };
}

/** Makes a HOME that has these files, and those of a login as links: what is renewed there is renewed for its owner. */
export function prepareHome(
  home: string,
  files: Readonly<Record<string, string>>,
  login: { userHome: string; paths: readonly string[] },
): void {
  mkdirSync(home, { recursive: true, mode: 0o700 });
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), content, { mode: 0o600 });
  }
  for (const path of loginsIn(login.userHome, login.paths)) {
    const link = join(home, path);
    mkdirSync(dirname(link), { recursive: true });
    rmSync(link, { force: true });
    symlinkSync(join(login.userHome, path), link);
  }
}

/** A tool that renews its login by a new file has put that in the link's place: it goes to its owner. */
export function returnLogins(
  home: string,
  { userHome, paths }: { userHome: string; paths: readonly string[] },
): void {
  for (const path of paths) {
    const stats = lstatSync(join(home, path), { throwIfNoEntry: false });
    if (!stats?.isFile() || stats.size === 0 || !existsSync(join(userHome, path))) continue;
    const beside = join(userHome, `${path}.${randomUUID()}`);
    copyFileSync(join(home, path), beside);
    renameSync(beside, join(userHome, path));
  }
}
