import { isMap, isScalar, isSeq, LineCounter, type Pair, type YAMLMap } from 'yaml';
import type { z } from 'zod';
import type { FieldIssue } from '../../contracts/error.ts';
import { speakPlainly } from '../../contracts/plain-issues.ts';
import { readYaml } from './yaml.ts';

speakPlainly();

/** A parsed text, or everything that is wrong with it. */
export type ParsedYaml<T> =
  | { ok: true; value: T; raw: unknown }
  | { ok: false; issues: FieldIssue[]; raw?: unknown };

/**
 * Parses YAML text against a schema. Each issue's path is `<label>: <field>`, its text ends with the line
 * where there is one. An empty text counts as `{}`.
 * @param label what the text is called in messages, a file's name
 * @param line_offset lines of the file before this text
 */
export function parseYaml<S extends z.ZodType>(
  text: string,
  schema: S,
  label: string,
  line_offset = 0,
): ParsedYaml<z.output<S>> {
  const lines = new LineCounter();
  const document = readYaml(text, { lineCounter: lines, prettyErrors: false });
  const lineAt = (offset: number) => lines.linePos(offset).line + line_offset;
  if (document.errors.length > 0) {
    return {
      ok: false,
      issues: document.errors.map((error) => ({
        path: label,
        issue: `not valid YAML: ${error.message} (line ${lineAt(error.pos[0])})`,
      })),
    };
  }
  let raw: unknown;
  try {
    raw = document.toJS() ?? {};
  } catch (error) {
    return { ok: false, issues: [{ path: label, issue: `not usable YAML: ${messageOf(error)}` }] };
  }
  const parsed = schema.safeParse(raw);
  if (parsed.success) return { ok: true, value: parsed.data, raw };
  const pairs: PairsOf = new Map();
  const issues = parsed.error.issues.flatMap(located).map(({ path, issue }) => {
    const offset = offsetOf(document.contents, path, pairs);
    const line = offset === undefined ? '' : ` (line ${lineAt(offset)})`;
    return { path: [label, path.join('.')].filter(Boolean).join(': '), issue: `${issue}${line}` };
  });
  return { ok: false, issues, raw };
}

function located(issue: z.core.$ZodIssue): { path: PropertyKey[]; issue: string }[] {
  if (issue.code === 'invalid_key') {
    return issue.issues.map(({ message }) => ({ path: issue.path, issue: `the name: ${message}` }));
  }
  if (issue.code !== 'unrecognized_keys') return [{ path: issue.path, issue: issue.message }];
  return issue.keys.map((key) => ({ path: [...issue.path, key], issue: 'unknown field' }));
}

/** Pairs of maps by their names, of each map that was looked into. */
type PairsOf = Map<YAMLMap, Map<string, Pair>>;

function pairOf(map: YAMLMap, name: string, known: PairsOf): Pair | undefined {
  const pairs =
    known.get(map) ??
    new Map(map.items.flatMap((pair) => (isScalar(pair.key) ? [[String(pair.key.value), pair]] : [])));
  known.set(map, pairs);
  return pairs.get(name);
}

/** Where the deepest part of the path that is written down begins. */
function offsetOf(contents: unknown, path: PropertyKey[], pairs: PairsOf): number | undefined {
  let node = contents;
  let offset: number | undefined;
  for (const segment of path) {
    if (isMap(node)) {
      const pair = pairOf(node, String(segment), pairs);
      if (!pair) break;
      offset = startOf(pair.key) ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(segment)];
      offset = startOf(node) ?? offset;
    } else break;
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  return isScalar(node) || isMap(node) || isSeq(node) ? node.range?.[0] : undefined;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
