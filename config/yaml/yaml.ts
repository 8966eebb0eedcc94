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

/**
 * Parses YAML. The names in a map are compared here: the library compares each with all before it, and 20,000 names
 * take it half a minute. Does not throw for what is no YAML, see `errors`; a RangeError for what nests too deep.
 */
export function readYaml(
  text: string,
  options: ParseOptions & DocumentOptions & SchemaOptions = {},
): Document.Parsed {
  const lineCounter = options.lineCounter ?? new LineCounter();
  const document = parseDocument(text, { ...options, lineCounter, uniqueKeys: false });
  visit(document, {
    Map(_, { items }) {
      const names = new Set<string>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        const name = String(key.value);
        if (names.has(name)) document.errors.push(repeated(key.range?.[0] ?? 0, lineCounter, options));
        names.add(name);
      }
    },
  });
  return document;
}

function repeated(at: number, lines: LineCounter, { prettyErrors = true }: ParseOptions): YAMLParseError {
  const { line, col } = lines.linePos(at);
  const where = prettyErrors ? ` at line ${line}, column ${col}` : '';
  return new YAMLParseError([at, at + 1], 'DUPLICATE_KEY', `Map keys must be unique${where}`);
}
