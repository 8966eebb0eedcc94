import { parseYaml } from '../../../config/yaml/yaml-file.ts';
import { hiddenWarnings } from '../../../contracts/hidden-text.ts';
import { RepositoryFile } from '../../../contracts/repository/file.ts';

/** What a repository says of itself at the root of its base. */
export const REPOSITORY_FILE = '.orchestrator.yaml';

/** In bytes: above that it is not read. */
export const REPOSITORY_FILE_BYTES = 20_000;

/**
 * Reads `.orchestrator.yaml`. What is wrong in it is left out and named, by field and line; the rest counts.
 */
export function readRepositoryFile(text: string): { file: RepositoryFile; warnings: string[] } {
  const read = parsed(text);
  if ('problem' in read) return { file: {}, warnings: [read.problem] };
  const { raw, issues } = read;
  const entries = Object.entries(RepositoryFile.shape).flatMap(([name, field]) => {
    const value = field.safeParse(Object.hasOwn(raw, name) ? raw[name] : undefined);
    return value.success && value.data !== undefined ? [[name, value.data]] : [];
  });
  const file = Object.fromEntries(entries) as RepositoryFile;
  const left_out = issues.map(({ path, issue }) => `${path}: ${issue}. It is left out.`);
  const hidden = hiddenWarnings(file).map((warning) => `${REPOSITORY_FILE}: ${warning}`);
  return { file, warnings: [...left_out.slice(0, MOST_WARNINGS), ...hidden] };
}

const MOST_WARNINGS = 10;

type Issues = { path: string; issue: string }[];

function parsed(text: string): { raw: Record<string, unknown>; issues: Issues } | { problem: string } {
  try {
    const read = parseYaml(text, RepositoryFile, REPOSITORY_FILE);
    if (read.ok) return { raw: read.value, issues: [] };
    const { raw, issues } = read;
    if (typeof raw === 'object' && raw !== null && !Array.isArray(raw)) {
      return { raw: raw as Record<string, unknown>, issues };
    }
    const [{ path, issue } = { path: REPOSITORY_FILE, issue: 'not usable' }] = issues;
    return { problem: `${path}: ${issue}. The file is left out.` };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { problem: `${REPOSITORY_FILE}: it nests too deep. The file is left out.` };
  }
}
