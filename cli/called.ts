import { basename, join, relative } from 'node:path';

const CHECKOUT = join(import.meta.dirname, '..');

/**
 * How this command line was called, so that what it tells people to type works where they are: `orchestrator` where it is
 * installed, `npx orchestrator` in the checkout, else Node on its file (outside the checkout, npx would fetch a stranger's
 * package of that name).
 */
export function cliCall(
  script = process.argv[1] ?? '',
  at: { cwd: string; npm_command?: string } = { cwd: process.cwd(), npm_command: process.env.npm_command },
): string {
  const installed = basename(script) === 'orchestrator' && at.npm_command === undefined;
  if (installed) return 'orchestrator';
  const inside = !relative(CHECKOUT, at.cwd).startsWith('..');
  return inside ? 'npx orchestrator' : `node ${join(CHECKOUT, 'cli/bin.ts')}`;
}

/** {@link cliCall} of this process. */
export const CLI = cliCall();
