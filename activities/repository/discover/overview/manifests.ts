import { posix } from 'node:path';
import { fileOf, readText, type Tree, type TreeEntry } from '../tree.ts';
import { beginning, shownPath } from './shown.ts';

const NAMES = new Set([
  'package.json',
  'pyproject.toml',
  'go.mod',
  'Cargo.toml',
  'composer.json',
  'Gemfile',
  'pom.xml',
]);
const MOST = 20;
const MOST_BYTES = 256 * 1024;
const TEXT_CHARS = 600;
const SCRIPT_CHARS = 120;
const MOST_NAMES = 40;

/** What the packages of a repository are called, and how they are run; those nearest to the root first. @throws GitError */
export async function describeManifests(tree: Tree, own: readonly TreeEntry[]): Promise<string> {
  const manifests = own
    .filter(({ path }) => NAMES.has(posix.basename(path)))
    .map((entry) => ({ entry, depth: entry.path.split('/').length }))
    .sort((a, b) => a.depth - b.depth || (a.entry.path < b.entry.path ? -1 : 1));
  const told: string[] = [];
  for (const { entry, depth } of manifests.slice(0, MOST)) {
    const file = await fileOf(tree, entry);
    const text = file && (await readText(tree, file, MOST_BYTES))?.text;
    if (!text) continue;
    told.push(`${shownPath(entry.path)}:\n${describe(entry.path, text, depth === 1)}`);
  }
  if (manifests.length > MOST) told.push(`[${manifests.length - MOST} more packages]`);
  return told.join('\n');
}

function describe(path: string, text: string, isRoot: boolean): string {
  if (posix.basename(path) !== 'package.json') return beginning(text, isRoot ? TEXT_CHARS : TEXT_CHARS / 4);
  try {
    return describePackage(JSON.parse(text), isRoot);
  } catch {
    return 'not valid JSON';
  }
}

function describePackage(value: unknown, isRoot: boolean): string {
  const { name, description, scripts, workspaces, dependencies, devDependencies } = record(value);
  const listed = (title: string, names: string[]) =>
    names.length === 0
      ? []
      : [`${title}: ${names.slice(0, MOST_NAMES).join(', ')}${names.length > MOST_NAMES ? ', ...' : ''}`];
  const lines = [`name: ${short(name)}`];
  if (typeof description === 'string') lines.push(`description: ${short(description)}`);
  if (!isRoot) return lines.join('\n');
  for (const [script, command] of Object.entries(record(scripts)).slice(0, MOST_NAMES)) {
    lines.push(`script ${short(script)}: ${short(command)}`);
  }
  if (workspaces !== undefined) lines.push(`workspaces: ${short(workspaces)}`);
  lines.push(...listed('dependencies', Object.keys(record(dependencies))));
  lines.push(...listed('devDependencies', Object.keys(record(devDependencies))));
  return lines.join('\n');
}

const record = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};

const short = (value: unknown): string =>
  (typeof value === 'string' ? value : (JSON.stringify(value) ?? 'none'))
    .slice(0, SCRIPT_CHARS)
    .toWellFormed();
