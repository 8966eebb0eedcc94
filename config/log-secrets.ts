import { ENV_VARIABLES, type Env, type EnvVariable, SECRET_PREFIX } from './env.ts';

/** Fields that hold secrets, whoever writes them, however deep they are. */
export const SECRET_FIELDS = [
  'authorization',
  'api_key',
  'apiKey',
  'x-api-key',
  'cookie',
  'token',
  'password',
  'secret',
];

/** Shorter ones are found in ordinary words, and are no secrets. */
const SHORTEST = 4;

/**
 * Replaces by `***` in lines of a log: the values of this process's secret variables, wherever they stand, passwords in
 * its addresses, what follows `Bearer`, texts that look like keys of ours or of providers, and {@link SECRET_FIELDS}.
 */
export function logRedactor(env: Env): (line: string) => string {
  const patterns = [
    `"(?:${SECRET_FIELDS.join('|')})":"(?:[^"\\\\]|\\\\.)*"`,
    String.raw`Bearer +[\w.~+/=-]+`,
    String.raw`\b(?:sk|ork|xox[abp]|ghp|whsec)[-_][\w-]{8,}`,
    ...secretValues(env).map((value) => value.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')),
  ];
  const found = new RegExp(patterns.join('|'), 'gi');
  return (line) => line.replace(found, masked);
}

/** A field keeps its name. */
function masked(text: string): string {
  const field = /^"[\w-]+":"/.exec(text)?.[0];
  if (field && text.endsWith('"')) return `${field}***"`;
  return /^Bearer /i.test(text) ? 'Bearer ***' : '***';
}

function secretValues(env: Env): string[] {
  const variables: readonly EnvVariable[] = ENV_VARIABLES;
  const secret = new Set(variables.flatMap(({ name, secret }) => (secret ? [name] : [])));
  const values = Object.entries(env).flatMap(([name, value = '']) =>
    secret.has(name) || name.startsWith(SECRET_PREFIX) ? [value.trim(), passwordIn(value)] : [],
  );
  const forms = values.flatMap((value) => [value, JSON.stringify(value).slice(1, -1)]);
  // the longest first: one may hold another
  return [...new Set(forms)].filter(({ length }) => length >= SHORTEST).sort((a, b) => b.length - a.length);
}

const passwordIn = (value: string): string => (URL.canParse(value) ? new URL(value).password : '');
