// The thread that a search runs on. Links are never followed, so nothing outside `start` is read.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';

/** What to search, and how. Paths are absolute and free of links. */
export interface SearchRequest {
  /** names in the result are relative to it */
  work: string;
  start: string;
  pattern: string;
  ignore_case: boolean;
  /** names of folders that are left out */
  skip: readonly string[];
}

export interface SearchResult {
  /** `file:line:text` */
  lines: string[];
  /** what was left out, empty when nothing was */
  more: string;
}

const MAX_LINES = 2000;
const MAX_FILES = 50_000;
const MAX_FILE_BYTES = 10 * 1024 * 1024;
const LINE_CHARS = 500;

parentPort?.postMessage(search(workerData as SearchRequest));

function search(request: SearchRequest): SearchResult {
  const expression = new RegExp(request.pattern, request.ignore_case ? 'i' : '');
  const lines: string[] = [];
  let files = 0;
  for (const file of statSync(request.start).isFile() ? [request.start] : walk(request.start, request.skip)) {
    if (++files > MAX_FILES) return { lines, more: `only ${MAX_FILES} files were searched` };
    const text = readText(file);
    if (text === undefined) continue;
    const name = relative(request.work, file).split(sep).join('/');
    for (const [index, line] of text.split('\n').entries()) {
      if (!expression.test(line)) continue;
      if (lines.length === MAX_LINES) return { lines, more: `more than ${MAX_LINES} lines match` };
      lines.push(`${name}:${index + 1}:${line.slice(0, LINE_CHARS)}`);
    }
  }
  return { lines, more: '' };
}

function* walk(folder: string, skip: readonly string[]): Generator<string> {
  const entries = readEntries(folder).sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !skip.includes(entry.name)) yield* walk(path, skip);
    else if (entry.isFile()) yield path;
  }
}

function readEntries(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return []; // not ours to read
  }
}

/** Undefined for what is no text, too large or not readable. */
function readText(file: string): string | undefined {
  try {
    const stats = statSync(file);
    if (!stats.isFile() || stats.size > MAX_FILE_BYTES) return undefined;
    const bytes = readFileSync(file);
    return bytes.includes(0) ? undefined : bytes.toString('utf8');
  } catch {
    return undefined;
  }
}
