import { posix } from 'node:path';
import type { TreeEntry } from '../tree.ts';

const LANGUAGES: Record<string, string> = Object.fromEntries(
  Object.entries({
    TypeScript: 'ts tsx mts cts',
    JavaScript: 'js jsx mjs cjs',
    Python: 'py pyi',
    Go: 'go',
    Rust: 'rs',
    Java: 'java',
    Kotlin: 'kt kts',
    Scala: 'scala',
    C: 'c h',
    'C++': 'cc cpp cxx hpp hh',
    'C#': 'cs',
    Swift: 'swift',
    'Objective-C': 'm mm',
    Ruby: 'rb',
    PHP: 'php',
    Perl: 'pl pm',
    Lua: 'lua',
    R: 'r',
    Julia: 'jl',
    Haskell: 'hs',
    Elixir: 'ex exs',
    Erlang: 'erl hrl',
    Clojure: 'clj cljs cljc',
    Dart: 'dart',
    Zig: 'zig',
    Shell: 'sh bash zsh',
    SQL: 'sql',
    HTML: 'html htm',
    CSS: 'css scss sass less',
    Vue: 'vue',
    Svelte: 'svelte',
    Markdown: 'md mdx',
    YAML: 'yaml yml',
    JSON: 'json jsonc',
    TOML: 'toml',
    Protobuf: 'proto',
    Terraform: 'tf',
  }).flatMap(([language, endings]) => endings.split(' ').map((ending) => [`.${ending}`, language])),
);

/** Languages whose files say how things are set up or told, more often than how they work. */
const DESCRIBING = new Set(['Markdown', 'YAML', 'JSON', 'TOML']);

/** By the end of the name; undefined where it is not known. */
export const languageOf = (path: string): string | undefined =>
  Object.hasOwn(LANGUAGES, ending(path)) ? LANGUAGES[ending(path)] : undefined;

/** Whether it is in a language that programs are written in. */
export function isSource(path: string): boolean {
  const language = languageOf(path);
  return language !== undefined && !DESCRIBING.has(language);
}

/** `TypeScript 81 %, Python 12 %`: the languages of these files by bytes, the largest first. Empty: none is known. */
export function languagesOf(files: readonly TreeEntry[]): string {
  const bytes = new Map<string, number>();
  for (const { path, size } of files) {
    const language = languageOf(path);
    if (language) bytes.set(language, (bytes.get(language) ?? 0) + (size ?? 0));
  }
  const all = [...bytes.values()].reduce((sum, size) => sum + size, 0);
  return [...bytes]
    .filter(([, size]) => size > 0)
    .sort(([, a], [, b]) => b - a)
    .slice(0, MOST)
    .map(([language, size]) => `${language} ${percent(size / all)}`)
    .join(', ');
}

const MOST = 8;

const percent = (share: number): string => (share < 0.01 ? 'below 1 %' : `${Math.round(share * 100)} %`);

const ending = (path: string): string => posix.extname(path).toLowerCase();
