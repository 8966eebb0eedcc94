import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { assistantChecks } from '../../cli/doctor/assistants.ts';
import { findAssistant, missingAssistant } from '../../config/assistants.ts';
import type { CodingAgentSettings } from '../../contracts/coding.ts';
import { factsOf } from '../../contracts/coding-drivers.ts';
import { LAUNCH } from './launch.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assistants-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const coding = (given: Partial<CodingAgentSettings>): CodingAgentSettings => ({
  ...LAUNCH.settings,
  ...given,
});

function put(path: string, text = ''): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  chmodSync(file, 0o755);
  return file;
}

describe('what there is on a machine', () => {
  const env = (more: Record<string, string> = {}) => ({ PATH: join(folder, 'bin'), HOME: folder, ...more });

  test('is a program on PATH, and a key or a login', () => {
    const claude = coding({ driver: 'claude' });
    expect(findAssistant(claude, env())).toEqual({ path: null, access: null });
    expect(missingAssistant(claude, env())).toBe(
      "The program `claude` is not on the worker's PATH: install it there.",
    );
    const path = put('bin/claude');
    expect(missingAssistant(claude, env())).toMatch(
      /has no key: set ANTHROPIC_API_KEY or ANTHROPIC_AUTH_TOKEN/,
    );
    expect(findAssistant(claude, env({ ANTHROPIC_API_KEY: 'k' }))).toEqual({ path, access: 'key' });
    expect(missingAssistant(claude, env({ ANTHROPIC_API_KEY: 'k' }))).toBeNull();
    const member = coding({ driver: 'claude', billing: 'subscription' });
    expect(missingAssistant(member, env({ ANTHROPIC_API_KEY: 'k' }))).toMatch(
      /Nobody is logged in to `claude`.*\/login/,
    );
    put('.claude/.credentials.json');
    expect(findAssistant(member, env())).toEqual({ path, access: 'login' });
    expect(missingAssistant(member, env())).toBeNull();
  });

  test('is for opencode a key of its provider', () => {
    put('bin/opencode');
    const openai = coding({ driver: 'opencode', provider: 'openai' });
    expect(missingAssistant(openai, env({ ANTHROPIC_API_KEY: 'k' }))).toContain('set OPENAI_API_KEY');
    expect(missingAssistant(openai, env({ OPENAI_API_KEY: 'k' }))).toBeNull();
    expect(missingAssistant(coding({ driver: 'opencode' }), env({ ANTHROPIC_API_KEY: 'k' }))).toBeNull();
  });

  test('is not known of any other program of the protocol', () => {
    const path = put('bin/goose');
    expect(findAssistant(coding({ driver: 'acp', command: 'goose' }), env())).toEqual({
      path,
      access: 'unknown',
    });
    expect(missingAssistant(coding({ driver: 'acp', command: 'goose' }), env())).toBeNull();
  });
});

test.each([
  [{ driver: 'opencode', provider: 'gemini' }, ['GEMINI_API_KEY', 'GOOGLE_GEMINI_BASE_URL']],
  [{ driver: 'opencode' }, ['ANTHROPIC_API_KEY', 'ANTHROPIC_BASE_URL']],
  [{ driver: 'acp', variables: ['MY_KEY'] }, ['MY_KEY']],
  [{ driver: 'gemini' }, ['GEMINI_API_KEY', 'GOOGLE_GEMINI_BASE_URL']],
] as const)('%j gets the variables %j, and those of proxies', (settings, wanted) => {
  const { variables } = factsOf(
    coding({
      ...settings,
      ...('variables' in settings ? { variables: [...settings.variables] } : {}),
    } as Partial<CodingAgentSettings>),
  );
  expect(variables.api.filter((name) => !/proxy$/i.test(name))).toEqual(wanted);
});

test('doctor says of each which version is where, and what it lacks', async () => {
  vi.stubEnv('ORCHESTRATOR_CONFIG', put('orchestrator.yaml', '{}'));
  vi.stubEnv('PATH', `${join(folder, 'bin')}:${process.env.PATH}`);
  vi.stubEnv('HOME', folder);
  vi.stubEnv('GEMINI_API_KEY', 'k');
  vi.stubEnv('OPENAI_API_KEY', '');
  const path = put('bin/gemini', '#!/bin/sh\necho 0.61.0\n');
  put('bin/codex', '#!/bin/sh\nexit 1\n');
  const checks = await assistantChecks();
  expect(checks).toContainEqual({
    name: 'Coding assistant gemini',
    state: 'ok',
    detail: `0.61.0, ${path}; a key is set in this shell`,
  });
  expect(checks).toContainEqual({
    name: 'Coding assistant codex',
    state: 'note',
    detail: expect.stringMatching(/^of an unknown version, /),
    fix: expect.stringContaining('set OPENAI_API_KEY'),
  });
});
