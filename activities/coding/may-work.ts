import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { AttemptRequest } from '../../contracts/attempt.ts';
import { REFUSED_HERE } from '../../core/agents/command-rights.ts';
import type { ActivityDeps } from '../deps.ts';
import type { Setting } from './setting.ts';

type Asked = Pick<Setting, 'settings' | 'driver' | 'cwd'> & {
  request: Pick<AttemptRequest, 'no_commands'>;
};

/** Why an assistant may not do a task here, and what to do; null where it may. It runs programs, as commands do. */
export function refusal(
  { settings: { permissions }, request: { no_commands }, driver, cwd }: Asked,
  { config, sandbox }: Pick<ActivityDeps, 'config' | 'sandbox'>,
): string | null {
  if (no_commands) return REFUSED_HERE;
  if (config.commands === 'off') {
    return 'Coding assistants run programs, and commands are switched off (`commands: off` in orchestrator.yaml).';
  }
  if (sandbox.kind === 'none' && sandbox.required) {
    return `The configuration demands a sandbox (sandbox.mode: required), and this host has none: ${sandbox.reason}.`;
  }
  if (sandbox.networkOf(undefined, { planned: false }) === 'none') {
    return 'A coding assistant has to reach its provider, and programs reach nothing here (`sandbox.network: none` in orchestrator.yaml). Use `allow-list`, and name the provider.';
  }
  if (sandbox.kind === 'none' && driver.runs_from && existsSync(join(cwd, driver.runs_from))) {
    return `The folder \`${driver.runs_from}\` is there, whose plugins and tools ${driver.name} runs whatever it is told, and no sandbox is in force here. Use another agent, or see docs/sandbox.md.`;
  }
  if (permissions !== 'all') return null;
  if (config.command_allowlist.length > 0) {
    return '`permissions: all` lets it run any command, and `command_allowlist` in orchestrator.yaml allows some only. Use `permissions: edit`.';
  }
  if (sandbox.kind === 'none') {
    return '`permissions: all` is for a sandbox only, and none is in force here. Use `permissions: edit`, or see docs/sandbox.md.';
  }
  return null;
}
