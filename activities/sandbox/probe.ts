import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnPiped } from '../process/piped.ts';
import { bubblewrapOptions, type SandboxHost, sandboxedArgs } from './bubblewrap.ts';
import type { RunView } from './view.ts';

const LIMIT_MS = 15_000;
/** A worker goes by the answer for as long as it runs: what it fails for must last. */
const TRIES = 3;

/**
 * Tries a sandbox on this host, with everything that real ones have. A try may fail for what passes, as a file that is to be hidden and
 * goes before bubblewrap comes to it: the next one is made of what the host has then.
 * @param bwrap the program
 * @param look finds what the host has
 * @returns what it had when there could be one; or why there can be none, and what to do
 */
export async function probe(
  bwrap: string | undefined,
  look: () => SandboxHost,
): Promise<{ host: SandboxHost } | { reason: string }> {
  if (process.platform !== 'linux') return { reason: 'sandboxes need Linux' };
  if (!bwrap) return { reason: 'bubblewrap is not installed: install the package bubblewrap' };
  const folder = await mkdtemp(join(tmpdir(), 'orchestrator-sandbox-'));
  try {
    for (let tries = 1; ; tries += 1) {
      const host = look();
      if (!host.socat) return { reason: 'socat is not installed: install the package socat' };
      const said = await tryOnce(bwrap, host, folder);
      if (said === null) return { host };
      if (tries === TRIES) return { reason: `bubblewrap can't make one here (${said})${cure(said)}` };
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What it said where it failed. */
async function tryOnce(bwrap: string, host: SandboxHost, folder: string): Promise<string | null> {
  const view: RunView = {
    writable: [folder],
    hidden: [],
    readable: [],
    network: 'none',
    tmp: folder,
    home: folder,
  };
  const program = { program: 'true', args: [], cwd: folder, env: { PATH: '/usr/bin:/bin' } };
  const run = await spawnPiped(
    { program: bwrap, args: sandboxedArgs(host, view, program, { tells: false }), cwd: folder, env: {} },
    { stdin: false, third: true },
  );
  run.third!.end(bubblewrapOptions(host, view, program));
  const timer = setTimeout(() => process.kill(run.pid, 'SIGKILL'), LIMIT_MS);
  let said = '';
  run.stdout.resume();
  run.stderr.on('data', (data) => {
    said = (said + data).slice(0, 500);
  });
  const { exit_code, signal } = await run.closed;
  clearTimeout(timer);
  if (exit_code === 0) return null;
  return said.trim().replace(/^bwrap: /, '') || (signal ? `ended by ${signal}` : `exit code ${exit_code}`);
}

/** What to do about it, by what the kernel's settings say. None of it weakens the host for other programs. */
function cure(said: string): string {
  if (setting('kernel/apparmor_restrict_unprivileged_userns') === '1') {
    return '. AppArmor keeps user namespaces from programs without a profile (kernel.apparmor_restrict_unprivileged_userns is 1): load a profile for bwrap alone that has `userns,`, see docs/sandbox.md';
  }
  if (setting('kernel/unprivileged_userns_clone') === '0') {
    return '. The kernel keeps user namespaces to root: set kernel.unprivileged_userns_clone to 1';
  }
  if (setting('user/max_user_namespaces') === '0') {
    return '. The kernel allows no user namespaces: set user.max_user_namespaces to 10000';
  }
  if (/not permitted|permission denied/i.test(said)) {
    return '. In a container: its seccomp profile has to allow user namespaces, see docs/sandbox.md; or the container itself is the sandbox';
  }
  return '';
}

function setting(name: string): string | undefined {
  try {
    return readFileSync(`/proc/sys/${name}`, 'latin1').trim();
  } catch {
    return undefined;
  }
}
