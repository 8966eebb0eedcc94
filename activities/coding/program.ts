import { givenUmask } from '../../config/private.ts';
import type { Program } from '../process/launch.ts';

/** A coding assistant's program, and everything that it may reach. */
export interface AssistantProgram {
  /** absolute */
  path: string;
  args: readonly string[];
  /** where it works */
  cwd: string;
  /** its private HOME */
  home: string;
  /** where files become artifacts */
  artifacts: string;
  /** files of a login outside of these, which it may write */
  logins: readonly string[];
  /** all of its environment */
  env: Record<string, string>;
  mark_value: number | undefined;
}

/** What is started for a coding assistant: the one place where that is made. */
export const assistantProgram = ({ path, args, cwd, env, mark_value }: AssistantProgram): Program => ({
  ...{ program: path, args, cwd, env, mark_value },
  umask: givenUmask(),
});
