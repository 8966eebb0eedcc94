import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { maskWithLogins } from '../../activities/coding/login-mask.ts';
import { createMask } from '../../core/text/mask.ts';

let userHome: string;
beforeEach(() => {
  userHome = mkdtempSync(join(tmpdir(), 'orchestrator-logins-'));
});
afterEach(() => rmSync(userHome, { recursive: true, force: true }));

const maskOf = (files: Record<string, string>) => {
  for (const [path, content] of Object.entries(files)) writeFileSync(join(userHome, path), content);
  const paths = [...Object.keys(files), 'not-there.json'];
  return maskWithLogins(createMask(['of-the-service']), { userHome, paths });
};

test('what lets in is kept out, beside what the worker keeps out, and all else of a login stays', () => {
  const mask = maskOf({
    'claude.json': JSON.stringify({ oauth: { accessToken: 'access-one', scopes: ['user:inference'] } }),
    'opencode.json': JSON.stringify({ anthropic: { type: 'oauth', refresh: 'refresh-two', expires: 1 } }),
    'codex.json': JSON.stringify({ OPENAI_API_KEY: null, tokens: { account_id: 'account-three' } }),
  });
  const said = 'access-one refresh-two account-three of-the-service user:inference anthropic';
  expect(mask.text(said)).toBe('*** *** *** *** user:inference anthropic');
});

test('a login that is no JSON is kept out word by word; one that pretends to any length is not read', () => {
  expect(maskOf({ plain: 'machine secret-of-mine\n' }).text('it is secret-of-mine')).toBe('it is ***');
  const mask = maskOf({ long: '' });
  truncateSync(join(userHome, 'long'), 4 * 1024 ** 4);
  expect(mask.text('of-the-service')).toBe('***');
  const paths = ['long'];
  expect(maskWithLogins(createMask([]), { userHome, paths }).text('as it is')).toBe('as it is');
});
