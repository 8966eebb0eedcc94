import type { Env } from '../../config/env.ts';
import { secretValues } from '../../config/secret-values.ts';
import { SHORTEST_SECRET } from '../../core/text/mask.ts';

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

/**
 * Replaces by `***` in lines of a log: the values of this process's secret variables, wherever they stand, passwords in
 * its addresses, what follows `Bearer`, texts that look like keys of ours or of providers, and {@link SECRET_FIELDS}.
 */
export function logRedactor(env: Env): (line: string) => string {
  const patterns = [
    `"(?:${SECRET_FIELDS.join('|')})":"(?:[^"\\\\]|\\\\.)*"`,
    String.raw`Bearer +[\w.~+/=-]+`,
    String.raw`\b(?:sk|ork|xox[abp]|ghp|whsec)[-_][\w-]{8,}`,
    ...maskedValues(env).map((value) => value.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')),
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

/** The longest first: one may hold another. */
function maskedValues(env: Env): string[] {
  const forms = secretValues(env).flatMap((value) => [value, JSON.stringify(value).slice(1, -1)]);
  return [...new Set(forms)]
    .filter(({ length }) => length >= SHORTEST_SECRET)
    .sort((a, b) => b.length - a.length);
}
