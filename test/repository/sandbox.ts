import { join } from 'node:path';
import { afterAll } from 'vitest';
import { noSandbox, type Sandbox } from '../../activities/sandbox/sandbox.ts';
import { Config } from '../../contracts/config.ts';
import { usualSandbox } from '../setup/deps.ts';

/** What guards commands, and git over the folders of tasks. */
export const SANDBOX = await usualSandbox(Config.parse({}), join(import.meta.dirname, 'none'));

afterAll(() => SANDBOX.close());

/** A sandbox whose programs are started by a script, with the program as its arguments. */
export const scripted = (script: string): Sandbox => ({
  ...noSandbox(),
  kind: 'bubblewrap',
  confine: ({ program, args, env, cwd }) => ({
    program: 'env',
    args: ['-i', '-C', cwd, ...Object.entries(env).map(([name, value]) => `${name}=${value}`)].concat(
      ...[['sh', '-c', script, 'sh', program], args],
    ),
    options: '',
  }),
});
