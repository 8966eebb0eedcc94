import { randomUUID } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { loginsIn } from '../../config/assistants.ts';
import { makeFolders, openInHome, writeInHome } from './home-files.ts';
import { LOGIN_BYTES } from './login-mask.ts';

/** Where an assistant that works on a task keeps its conversations and settings, and what we keep of its runs. */
export interface TaskHome {
  home: string;
  /** what is known of one conversation, by our id of it */
  state_file(ownSession: string): string;
  /** where it leaves files that become artifacts, however often it is gone on with */
  artifacts(ownSession: string): string;
  /** how many calls of its model it may make, where it waits for that; it can't write there */
  calls_file(ownSession: string): string;
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
    calls_file: (ownSession) => join(folder, ownSession, 'calls'),
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
  for (const [path, content] of Object.entries(files)) writeInHome(home, path, content);
  for (const path of loginsIn(login.userHome, login.paths)) {
    makeFolders(home, path);
    const link = join(home, path);
    rmSync(link, { force: true, recursive: true });
    symlinkSync(join(login.userHome, path), link);
  }
}

/** A tool that renews its login by a new file has put that in the link's place: it goes to its owner, and from the HOME. */
export function returnLogins(
  home: string,
  { userHome, paths }: { userHome: string; paths: readonly string[] },
): void {
  for (const path of paths) {
    if (!existsSync(join(userHome, path))) continue;
    const fd = openInHome(home, path);
    if (fd === null) continue;
    const isLogin = fstatSync(fd).size <= LOGIN_BYTES;
    const renewed = isLogin ? readFileSync(fd) : Buffer.alloc(0);
    closeSync(fd);
    if (renewed.length === 0) continue;
    const beside = join(userHome, `${path}.${randomUUID()}`);
    writeFileSync(beside, renewed, { mode: 0o600 });
    renameSync(beside, join(userHome, path));
    rmSync(join(home, path), { force: true });
  }
}
