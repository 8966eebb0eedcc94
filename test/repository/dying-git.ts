import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempFolder } from './bare.ts';

/** Counts the calls of git, of which none works after the first `count`, as if the host had died then. */
export async function dyingAfter<T>(
  count: number,
  work: () => Promise<T>,
): Promise<{ calls: number; result: T | undefined }> {
  const PATH = process.env.PATH!;
  const folder = tempFolder();
  const log = join(folder, 'calls');
  writeFileSync(log, '');
  const real = execFileSync('which', ['git'], { env: { PATH } }).toString().trim();
  const script = `#!/bin/sh\necho x >> '${log}'\n[ $(wc -l < '${log}') -le ${count} ] || kill -9 $$\nexec '${real}' "$@"\n`;
  writeFileSync(join(folder, 'git'), script);
  chmodSync(join(folder, 'git'), 0o755);
  process.env.PATH = `${folder}:${PATH}`;
  try {
    const result = await work().catch(() => undefined);
    return { calls: readFileSync(log, 'utf8').length / 2, result };
  } finally {
    process.env.PATH = PATH;
  }
}
