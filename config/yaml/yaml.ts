import {
  type Document,
  type DocumentOptions,
  isScalar,
  LineCounter,
  type ParseOptions,
  parseDocument,
  type SchemaOptions,
  visit,
  YAMLParseError,
} from 'yaml';
import { aliasMistakes } from './aliases.ts';

/**
 * Parses YAML, with merge keys (`<<`). The names in a map are compared here: the library compares each with all before
 * it, and 20,000 names take it half a minute. Does not throw for what is no YAML, see `errors` and {@link yamlMistakes};
 * a RangeError for what nests too deep. Without errors, `toJS(ANY_ALIASES)` makes a value of it.
 */
export function readYaml(
  text: string,
  options: Omit<ParseOptions & DocumentOptions & SchemaOptions, 'prettyErrors'> = {},
): Document.Parsed {
  const lineCounter = options.lineCounter ?? new LineCounter();
  const document = parseDocument(text, {
    merge: true,
    ...options,
    lineCounter,
    uniqueKeys: false,
    prettyErrors: false,
  });
  const fail = (at: number, code: YAMLParseError['code'], message: string) =>
    document.errors.push(new YAMLParseError([at, at + 1], code, message));
  visit(document, {
    Map(_, { items }) {
      const names = new Set<string>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        const name = String(key.value);
        if (names.has(name)) fail(key.range?.[0] ?? 0, 'DUPLICATE_KEY', 'Map keys must be unique');
        names.add(name);
      }
    },
  });
  for (const { node, message } of aliasMistakes(document)) fail(node.range?.[0] ?? 0, 'BAD_ALIAS', message);
  for (const error of document.errors) {
    const place = lineCounter.linePos(error.pos[0]);
    error.linePos = [place];
  }
  return document;
}

/** For `toJS` of a document without errors: how much its aliases stand for was looked at when it was read. */
export const ANY_ALIASES = { maxAliasCount: -1 };

/** A mistake in YAML, and where: from 1 on. */
export interface YamlMistake {
  line: number;
  column: number;
  issue: string;
}

const COLON_HINT = '; put a text that holds ": " into quotes';

/** What keeps a text that was read from being YAML, in the order in which it stands there. */
export const yamlMistakes = ({ errors }: Document): YamlMistake[] =>
  errors
    .map(({ code, message, linePos }) => {
      const { line = 1, col = 1 } = linePos?.[0] ?? {};
      const hint = code === 'BLOCK_AS_IMPLICIT_KEY' ? COLON_HINT : '';
      return { line, column: col, issue: `${message.split('\n', 1)[0]!.slice(0, 300)}${hint}` };
    })
    .sort((a, b) => a.line - b.line || a.column - b.column);
