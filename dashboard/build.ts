import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const DIST = join(import.meta.dirname, 'dist');
/** What it was built from, beside the files that were built. */
const STAMP = 'built-from';
const SOURCES = [
  'dashboard/**/*.{ts,tsx,css,html,svg}',
  'client/**/*.ts',
  'contracts/**/*.ts',
  'examples/*.yaml',
];

/**
 * Builds the dashboard into `dashboard/dist`, unless what is there was built from the same sources. Others that read
 * the folder meanwhile find the old files or the new ones, never half of them.
 */
export async function buildDashboard(say: (line: string) => void): Promise<void> {
  const sources = hashOfSources();
  if (existsSync(join(DIST, STAMP)) && readFileSync(join(DIST, STAMP), 'utf8') === sources) return;
  const vite = await import('vite').catch(() => undefined);
  if (vite === undefined) {
    say('The dashboard is not built: that takes the development dependencies (npm ci without --omit=dev).');
    return;
  }
  say('building the dashboard');
  const fresh = `${DIST}-${process.pid}`;
  const old = `${fresh}-old`;
  try {
    const configFile = join(import.meta.dirname, 'vite.config.ts');
    await vite.build({ configFile, logLevel: 'warn', build: { outDir: fresh, emptyOutDir: true } });
    writeFileSync(join(fresh, STAMP), sources);
    if (existsSync(DIST)) renameSync(DIST, old);
    renameSync(fresh, DIST);
  } finally {
    for (const folder of [fresh, old]) rmSync(folder, { recursive: true, force: true });
  }
}

function hashOfSources(): string {
  const hash = createHash('sha256');
  const files = [...SOURCES, 'package-lock.json'].flatMap((pattern) => globSync(pattern, { cwd: ROOT }));
  for (const file of files.filter((name) => !name.startsWith('dashboard/dist')).sort()) {
    hash.update(`${file}\0`).update(readFileSync(join(ROOT, file)));
  }
  return hash.digest('hex');
}

if (import.meta.main) await buildDashboard((line) => console.log(line));
