import { lstat, readdir, readFile, readlink, symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { leadsThroughLink } from '../files/links.ts';

const FILE_BYTES = 1024 ** 2;

/** Files of an environment that name the folder that it was made in, below it: what they said of the other checkout would run. */
const NAMING = [
  /^pyvenv\.cfg$/,
  /^bin\/[^/]+$/,
  /^lib\/[^/]+\/site-packages\/[^/]+\.(pth|egg-link)$/,
  /^lib\/[^/]+\/site-packages\/__editable__[^/]+\.py$/,
  /^lib\/[^/]+\/site-packages\/[^/]+\.dist-info\/direct_url\.json$/,
];

/**
 * Makes a copied virtual environment of Python name the checkout that it was copied into: its programs, and packages that
 * are installed from the sources there, would else be those of the one that it was made in. Other folders stay as they are.
 */
export async function relocateVenv({ folder, from, to }: { folder: string; from: string; to: string }) {
  const isVenv = await lstat(join(folder, 'pyvenv.cfg')).then(
    (stats) => stats.isFile(),
    () => false,
  );
  if (!isVenv) return;
  for (const path of await candidates(folder)) {
    if (!(await leadsThroughLink(folder, path))) await rewrite(join(folder, path), from, to);
  }
}

async function candidates(folder: string): Promise<string[]> {
  const names = async (path: string) => (await readdir(join(folder, path)).catch(() => [])).map(String);
  const paths = ['pyvenv.cfg', ...(await names('bin')).map((name) => `bin/${name}`)];
  for (const version of await names('lib')) {
    const packages = `lib/${version}/site-packages`;
    for (const name of await names(packages)) {
      paths.push(`${packages}/${name}`);
      if (name.endsWith('.dist-info')) paths.push(`${packages}/${name}/direct_url.json`);
    }
  }
  return paths.filter((path) => NAMING.some((pattern) => pattern.test(path)));
}

async function rewrite(path: string, from: string, to: string): Promise<void> {
  const stats = await lstat(path).catch(() => undefined);
  if (stats?.isSymbolicLink()) {
    const target = await readlink(path);
    if (!target.startsWith(`${from}/`)) return;
    await unlink(path);
    await symlink(to + target.slice(from.length), path);
  } else if (stats?.isFile() && stats.size <= FILE_BYTES) {
    const bytes = await readFile(path);
    if (bytes.includes(0) || !bytes.includes(from)) return;
    await writeFile(path, bytes.toString('latin1').replaceAll(latin1(from), latin1(to)), 'latin1');
  }
}

const latin1 = (text: string): string => Buffer.from(text).toString('latin1');
