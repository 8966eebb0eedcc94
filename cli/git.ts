import { execFile } from 'node:child_process';
import { CliError, EXIT } from './exit.ts';

/** The repository that one stands in, by the git of whoever calls, with their settings. */
export interface Checkout {
  /** What git prints, without the line end. Throws a CliError with what it says. */
  git(...args: string[]): Promise<string>;
  /** Whether git succeeds. */
  succeeds(...args: string[]): Promise<boolean>;
}

/** Where whoever calls stands: `npm run orchestrator` goes to the folder of the package first, and says from where. */
const whereCalled = ({ npm_lifecycle_event, INIT_CWD } = process.env): string =>
  npm_lifecycle_event === 'orchestrator' && INIT_CWD ? INIT_CWD : process.cwd();

/** The repository around a folder. Throws a CliError where there is none. */
export async function openCheckout(folder = whereCalled()): Promise<Checkout> {
  const run = (args: string[]) => call(folder, args);
  const found = await run(['rev-parse', '--git-dir']);
  if (found.code !== 0) {
    const message = `This folder is in no git repository (${lastLine(found.stderr)}). Go to a clone of the job's repository, or make an empty one with git init.`;
    throw new CliError(message, EXIT.usage, 'usage');
  }
  return {
    async git(...args) {
      const { code, stdout, stderr } = await run(args);
      if (code !== 0) throw new CliError(`git ${args[0]} failed: ${lastLine(stderr)}`);
      return stdout.replace(/\n$/, '');
    },
    succeeds: async (...args) => (await run(args)).code === 0,
  };
}

/** Whether the repository has a commit. */
export const hasCommit = (checkout: Checkout, sha: string): Promise<boolean> =>
  checkout.succeeds('cat-file', '-e', '--end-of-options', `${sha}^{commit}`);

/** Whether the first commit is the second, or one of those before it. */
export const isAncestor = (checkout: Checkout, older: string, newer: string): Promise<boolean> =>
  checkout.succeeds('merge-base', '--is-ancestor', '--end-of-options', older, newer);

const OUTPUT_BYTES = 64 * 1024 ** 2;

async function call(cwd: string, args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return await new Promise((resolve, reject) => {
    const options = { cwd, maxBuffer: OUTPUT_BYTES, env: { ...process.env, LC_ALL: 'C' } };
    execFile('git', args, options, (error, stdout, stderr) => {
      if (error && 'code' in error && error.code === 'ENOENT') {
        reject(new CliError('git is not installed here, or not found by PATH.'));
      } else resolve({ code: error ? 1 : 0, stdout, stderr });
    });
  });
}

const lastLine = (stderr: string): string => {
  const lines = stderr.trim().split('\n');
  const said = lines.findLast((line) => /^(fatal|error): /.test(line)) ?? lines.at(-1) ?? '';
  return said.replace(/^(fatal|error): /, '').slice(0, 300) || 'it did not say why';
};
