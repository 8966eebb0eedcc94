import { LineCounter } from 'yaml';
import type { z } from 'zod';
import type { FieldIssue } from '../../contracts/error.ts';
import { speakPlainly } from '../../contracts/plain-issues.ts';
import { unknownField } from '../../core/text/known-fields.ts';
import { placesIn } from './places.ts';
import { ANY_ALIASES, readYaml, yamlMistakes } from './yaml.ts';

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
  const document = readYaml(text, { lineCounter: lines });
  const lineAt = (offset: number) => lines.linePos(offset).line + line_offset;
  const mistakes = yamlMistakes(document);
  if (mistakes.length > 0) {
    return {
      ok: false,
      issues: mistakes.map(({ line, issue }) => ({
        path: label,
        issue: `not valid YAML: ${issue} (line ${line + line_offset})`,
      })),
    };
  }
  let raw: unknown;
  try {
    raw = document.toJS(ANY_ALIASES) ?? {};
  } catch (error) {
    return { ok: false, issues: [{ path: label, issue: `not usable YAML: ${messageOf(error)}` }] };
  }
  const parsed = schema.safeParse(raw);
  if (parsed.success) return { ok: true, value: parsed.data, raw };
  const offsetOf = placesIn(document);
  const issues = parsed.error.issues
    .flatMap((issue) => located(issue, schema))
    .map(({ path, issue }) => {
      const offset = offsetOf(path);
      const line = offset === undefined ? '' : ` (line ${lineAt(offset)})`;
      return { path: [label, path.join('.')].filter(Boolean).join(': '), issue: `${issue}${line}` };
    });
  return { ok: false, issues, raw };
}

function located(issue: z.core.$ZodIssue, schema: z.ZodType): { path: PropertyKey[]; issue: string }[] {
  if (issue.code === 'invalid_key') {
    return issue.issues.map(({ message }) => ({ path: issue.path, issue: `the name: ${message}` }));
  }
  if (issue.code !== 'unrecognized_keys') return [{ path: issue.path, issue: issue.message }];
  return issue.keys.map((key) => ({
    path: [...issue.path, key],
    issue: unknownField(schema, issue.path, key),
  }));
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
