import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type CommandStartError, isPassing } from '../../activities/command/errors.ts';
import type { SandboxHost } from '../../activities/sandbox/bubblewrap.ts';
import { probe } from '../../activities/sandbox/probe.ts';
import { keptFromOthers, systemPaths } from '../../activities/sandbox/system.ts';
import { findProgram } from '../../config/find-program.ts';
import { tempFolder } from '../command/setup.ts';
import { MISSING, run, sandboxOf } from './setup.ts';

/** bubblewrap in a script that removes something, but not before it was told all. */
async function bwrapWithout(path: string): Promise<string> {
  const folder = await tempFolder();
  const [script, told] = [join(folder, 'bwrap'), join(folder, 'told')];
  const bwrap = findProgram('bwrap', process.env.PATH ?? '');
  const lines = ['#!/bin/sh', `cat <&3 >${told}`, `rm -rf ${path}`, `exec ${bwrap} "$@" 3<${told}`];
  await writeFile(script, lines.join('\n'), { mode: 0o755 });
  return script;
}

/** A host whose sandboxes hide what is private in a folder, and nothing else: what comes and goes in /etc is others' business. */
function hostWith(folder: string, service: string): SandboxHost {
  const { readable } = systemPaths('/usr/bin:/bin', service);
  const { files: masked, folders: closed } = keptFromOthers(folder);
  return {
    system: { programs: [], readable: [...readable, folder], masked, closed },
    ...{ hidden: [], readable: [], writable: [], socat: '/usr/bin/socat' },
  };
}

describe.skipIf(MISSING)(`whether a host can have sandboxes${MISSING ? ` (${MISSING})` : ''}`, () => {
  test.for(['a file', 'a folder'])('is not told by %s that goes while it is tried', async (what) => {
    const [folder, service] = [await tempFolder(), await tempFolder()];
    const kept = join(folder, 'kept');
    if (what === 'a file') await writeFile(kept, 'private', { mode: 0o600 });
    else await mkdir(kept, { mode: 0o700 });
    let looks = 0;
    const found = await probe(await bwrapWithout(kept), () => {
      looks += 1;
      return hostWith(folder, service);
    });
    expect(looks).toBe(2);
    expect(found).toEqual({ host: hostWith(folder, service) });
  });

  test('is told by what lasts', async () => {
    const [folder, service] = [await tempFolder(), await tempFolder()];
    const bwrap = join(folder, 'bwrap');
    const said = 'No permissions to create new namespace';
    await writeFile(bwrap, `#!/bin/sh\necho "bwrap: ${said}" >&2\nexit 1\n`, { mode: 0o755 });
    expect(await probe(bwrap, () => hostWith(folder, service))).toEqual({
      reason: expect.stringContaining(`bubblewrap can't make one here (${said})`),
    });
  });
});

test.skipIf(MISSING)('a command whose sandbox failed for what passes can be tried again', async () => {
  const shown = await tempFolder();
  const data_dir = join(shown, 'data');
  await mkdir(data_dir);
  const sandbox = await sandboxOf({ readable: [shown] }, { data_dir });
  const program = await bwrapWithout(data_dir);
  const confine: typeof sandbox.confine = (...given) => ({ ...sandbox.confine(...given), program });
  const error = await run({ ...sandbox, confine }, 'true').catch((reason: unknown) => reason);
  expect(error).toMatchObject({ name: 'CommandStartError', code: 'sandbox_failed' });
  expect(isPassing(error as CommandStartError)).toBe(true);
  expect(existsSync(data_dir)).toBe(false);
  expect((await run(sandbox, 'echo again')).stdout).toBe('again\n');
  await sandbox.close();
});
