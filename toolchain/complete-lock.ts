import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

/**
 * Completes package-lock.json after a change of dependencies: `node toolchain/complete-lock.ts`.
 *
 * A registry that serves one platform only has no packages of the others, npm then leaves them out of the lock, and
 * `npm ci` refuses a lock without them. Their names and versions stand in the optionalDependencies of their parents;
 * operating system and processor are read off the name. What the registry says of a version by name, the hash of its
 * content, is asked for every entry that has none.
 */
interface Entry {
  version?: string;
  integrity?: string;
  link?: boolean;
  dev?: boolean;
  engines?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  [field: string]: unknown;
}

const SYSTEMS = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32'];
const PROCESSORS = ['arm64', 'arm', 'x64', 'ia32', 'ppc64', 'riscv64', 's390x', 'wasm32'];

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, Entry> };
const { packages } = lock;
let added = 0;
for (const [path, parent] of Object.entries({ ...packages })) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    if (isInstalled(path, name)) continue;
    const entry = platformEntry(name, version, parent);
    if (!entry) continue;
    packages[`node_modules/${name}`] = entry;
    added += 1;
  }
}
let hashed = 0;
for (const [path, entry] of Object.entries(packages)) {
  if (path === '' || entry.link || entry.integrity) continue;
  const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
  const integrity = integrityOf(`${name}@${entry.version}`);
  packages[path] = { version: entry.version, integrity, ...entry };
  hashed += 1;
}
lock.packages = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`);
console.log(`package-lock.json: ${added} packages of other platforms added, ${hashed} hashes`);

/** The hash that the registry has of a version's content. Throws where it has none: nobody could tell another from it. */
function integrityOf(version: string): string {
  const integrity = execFileSync('npm', ['view', version, 'dist.integrity'], { encoding: 'utf8' }).trim();
  if (!integrity) throw new Error(`the registry has no hash of ${version}`);
  return integrity;
}

/** Whether a package that is at `path` finds a dependency of that name, as Node.js does. */
function isInstalled(path: string, name: string): boolean {
  for (let at = path; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    if (packages[at === '' ? `node_modules/${name}` : `${at}/node_modules/${name}`]) return true;
    if (at === '') return false;
  }
}

function platformEntry(name: string, version: string, parent: Entry): Entry | undefined {
  const platform = name.split('/').at(-1) ?? '';
  const os = SYSTEMS.find((system) => platform.includes(system));
  const cpu = PROCESSORS.find((processor) => platform.includes(processor));
  if (!os || !cpu || /[\^~*><| ]/.test(version)) return undefined;
  const libc = platform.includes('musl') ? 'musl' : platform.includes('gnu') ? 'glibc' : undefined;
  return {
    version,
    cpu: [cpu],
    ...(parent.dev ? { dev: true } : {}),
    ...(libc && os === 'linux' ? { libc: [libc] } : {}),
    optional: true,
    os: [os],
    ...(parent.engines ? { engines: parent.engines } : {}),
  };
}
