import type { Env } from '../config/env.ts';
import { run } from './run.ts';

/** Updates, and the search attributes of the dev server, behave as the project needs from this server on. */
const OLDEST_SERVER = [1, 28] as const;

/** What `start-dev` must offer for the tuned server. */
const NEEDED_FLAGS = ['--db-filename', '--dynamic-config-value', '--search-attribute', '--sqlite-pragma'];

/** Why the program at `path` can't be used as Temporal server, or undefined when it can. */
export async function temporalProblem(path: string, env: Env): Promise<string | undefined> {
  const [version, help] = await Promise.all([
    run(path, ['--version'], { env, timeoutSeconds: 20 }),
    run(path, ['server', 'start-dev', '--help'], { env, timeoutSeconds: 20 }),
  ]);
  if (version.code !== 0) return 'it does not run';
  if (help.code !== 0) return 'it has no `server start-dev`';
  const missing = NEEDED_FLAGS.filter((flag) => !help.stdout.includes(flag));
  if (missing.length > 0) return `its \`server start-dev\` has no ${missing.join(', ')}`;
  const server = /Server (\d+)\.(\d+)/.exec(version.stdout);
  if (server && isOlder(Number(server[1]), Number(server[2])))
    return `its server ${server[1]}.${server[2]} is older than ${OLDEST_SERVER.join('.')}`;
  return undefined;
}

function isOlder(major: number, minor: number): boolean {
  return major < OLDEST_SERVER[0] || (major === OLDEST_SERVER[0] && minor < OLDEST_SERVER[1]);
}
