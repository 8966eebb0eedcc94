import { join } from 'node:path';
import type { GitBox } from '../git/box.ts';
import { GitError } from '../git/git.ts';
import { makeGitDir } from '../mirror/bare.ts';
import { readCloneHead } from './clone-head.ts';
import { linkObjects } from './link-objects.ts';
import { takeCommits } from './take-commits.ts';

/** What an agent committed by itself. */
export interface AgentCommits {
  /** in the mirror; `from_sha` where there are none, or none that can be taken */
  head_sha: string;
  commits: number;
  warnings: string[];
}

export interface AgentCommitsInput {
  /** the clone */
  folder: string;
  /** the mirror's */
  git_dir: string;
  from_sha: string;
  /** of ours, for this call; need not be there */
  quarantine: string;
  /** shows the quarantine, and the mirror's objects */
  box: GitBox;
  file_bytes: number;
}

/**
 * Brings the commits of a clone's branch into the mirror. What its repository has besides objects is not looked at. Where
 * they can't be taken a warning says so, and what they lead to is in the folder.
 * @throws CommitRefused where they have a file that is too large
 */
export async function takeAgentCommits(input: AgentCommitsInput, signal: AbortSignal): Promise<AgentCommits> {
  const { folder, git_dir, from_sha, quarantine, box, file_bytes } = input;
  const none = (why: string): AgentCommits => ({
    head_sha: from_sha,
    commits: 0,
    warnings: [`commits made in the folder are not taken as such, only what the files are now: ${why}`],
  });
  const head = readCloneHead(folder);
  if ('odd' in head) return none(head.odd);
  const head_sha = head.sha;
  if (head_sha === from_sha) return { head_sha, commits: 0, warnings: [] };
  try {
    makeGitDir(quarantine, { alternates: [join(git_dir, 'objects')] });
    await linkObjects(join(folder, '.git/objects'), join(quarantine, 'objects'));
    const taken = {
      quarantine,
      box,
      git_dir,
      from_sha,
      head_sha,
      file_bytes,
      failure: 'CommitRefused' as const,
    };
    const commits = await takeCommits(taken, signal);
    return commits === null ? none(NOT_ON_TOP) : { head_sha, commits, warnings: [] };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof GitError) || NO_SPACE.test(error.stderr)) throw error;
    return none('git finds them broken or incomplete');
  }
}

const NOT_ON_TOP = 'they are not on top of the commit that the task started from';
const NO_SPACE = /No space left on device|Disk quota exceeded/;
