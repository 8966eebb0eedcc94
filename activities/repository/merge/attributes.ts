import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readBlobs } from './blobs.ts';

/** A file `.gitattributes` of a tree. */
export interface AttributesFile {
  /** of its folder, bytes as latin1, without a slash at its end; empty: the root */
  folder: string;
  /** sha of its content */
  blob: string;
}

/** All of them together; the rest is left out. */
const LIMIT_BYTES = 4 * 1024 ** 2;

/** What goes before the tree's own: lines of go.sum stand for themselves, in any order. */
const OURS = 'go.sum merge=union\n';

/**
 * The attributes of a tree in one file, for `core.attributesFile`: git 2.39 does not read those of a tree in a bare
 * repository. Never `info/attributes`, which all jobs of a mirror would share. The file is named by its content and stays.
 * @returns its path
 */
export async function attributesFile(
  gitDir: string,
  files: readonly AttributesFile[],
  signal: AbortSignal,
): Promise<string> {
  const blobs = await readBlobs(
    gitDir,
    { names: files.map(({ blob }) => blob), limit_bytes: LIMIT_BYTES },
    signal,
  );
  // deeper files count for more, and later lines do
  const sorted = files
    .map(({ folder }, index) => ({
      folder,
      text: blobs[index]?.toString('latin1') ?? '',
      depth: depthOf(folder),
    }))
    .sort((a, b) => a.depth - b.depth);
  const text = OURS + sorted.map(({ folder, text }) => prefixed(folder, text)).join('');
  return keep(gitDir, Buffer.from(text, 'latin1'));
}

const depthOf = (folder: string): number => (folder === '' ? 0 : folder.split('/').length);

function keep(gitDir: string, bytes: Buffer): string {
  const folder = join(gitDir, 'attributes');
  const path = join(folder, createHash('sha256').update(bytes).digest('hex'));
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  const made = `${path}.${randomUUID()}`;
  writeFileSync(made, bytes);
  renameSync(made, path);
  return path;
}

/** The lines of the `.gitattributes` of a folder as they read at the root, see gitattributes(5). Both are bytes as latin1. */
export function prefixed(folder: string, text: string): string {
  return text
    .split('\n')
    .map((line) => rewritten(folder, line.trim()))
    .join('');
}

function rewritten(folder: string, line: string): string {
  if (line === '' || line.startsWith('#')) return '';
  if (line.startsWith('[attr]')) return folder === '' ? `${line}\n` : ''; // macros count at the root only
  const { pattern, attributes } = splitLine(line);
  // neither means anything for a file
  if (pattern.startsWith('!') || pattern.endsWith('/')) return '';
  if (folder === '') return `${quoted(pattern)} ${attributes}\n`;
  const below = pattern.includes('/') ? pattern.replace(/^\//, '') : `**/${pattern}`;
  return `${quoted(`/${folder.replace(/[\\*?[]/g, '\\$&')}/${below}`)} ${attributes}\n`;
}

function splitLine(line: string): { pattern: string; attributes: string } {
  const inQuotes = /^"((?:[^"\\]|\\.)*)"\s+(.*)$/.exec(line);
  if (inQuotes) return { pattern: unquoted(inQuotes[1]!), attributes: inQuotes[2]! };
  const [, pattern, attributes] = /^(\S+)\s*(.*)$/.exec(line)!;
  return { pattern: pattern!, attributes: attributes! };
}

const LETTERS: Record<string, string> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

const unquoted = (text: string): string =>
  text.replace(/\\(?:([0-7]{3})|(.))/g, (_, octal?: string, letter?: string) =>
    octal ? String.fromCharCode(Number.parseInt(octal, 8) & 0xff) : (LETTERS[letter!] ?? letter!),
  );

/** As C has it, which git reads back. */
const quoted = (pattern: string): string =>
  `"${pattern.replace(/[^ !#-[\]-~]/g, (character) =>
    character === '"' || character === '\\'
      ? `\\${character}`
      : `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`,
  )}"`;
