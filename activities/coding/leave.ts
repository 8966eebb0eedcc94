import { createHash } from 'node:crypto';
import { resolve, sep } from 'node:path';
import type { CodingGrant, CodingQuestion } from '../../contracts/coding-leave.ts';
import type { Question } from './drivers/driver.ts';
import { type RunState, writeRunState } from './run-state.ts';
import type { Setting } from './setting.ts';

/** Longer arguments stand in the transcript only, in bytes of JSON. */
const SHOWN_BYTES = 4096;
/** What a model may phrase differently when it asks for the same call again. */
const WORDS = new Set(['description', 'timeout', 'explanation']);

/** Decides what an assistant may do that asks leave for it. */
export interface Leave {
  /** null: a person has to be asked */
  permit(question: Question): boolean | null;
  /** what a person has to be asked; null: nothing */
  asked(): CodingQuestion | null;
}

/**
 * With `edit` it looks at its folder and changes it, and with `ask` a person decides about the rest: each call that is allowed is allowed once,
 * also where the worker is killed after that.
 */
export function createLeave(
  { settings, cwd, artifacts }: Pick<Setting, 'settings' | 'cwd' | 'artifacts'>,
  grants: readonly CodingGrant[],
  { state, state_file }: { state: RunState; state_file: string },
): Leave {
  let asked: CodingQuestion | null = null;
  const isInside = (path: string) =>
    [cwd, artifacts].some((folder) => `${resolve(cwd, path)}${sep}`.startsWith(`${folder}${sep}`));
  const isOwn = ({ kind, paths }: Question) =>
    (kind === 'look' || (kind === 'edit' && paths.length > 0)) && paths.every(isInside);

  const decided = (fingerprint: string): boolean | null => {
    const used = state.used_grants ?? [];
    const grant = grants.find((one) => grantedCall(one) === fingerprint && !used.includes(one.approval_id));
    if (!grant) return null;
    if (grant.allowed) {
      state.used_grants = [...used, grant.approval_id];
      writeRunState(state_file, state);
    }
    return grant.allowed;
  };
  return {
    permit(question) {
      if (settings.permissions === 'all' || isOwn(question)) return true;
      if (settings.permissions === 'edit') return false;
      const fingerprint = fingerprintOf(question.tool, question.input);
      const known = decided(fingerprint);
      if (known !== null || asked) return known;
      const { tool, input, tool_use_id } = question;
      const isShort = Buffer.byteLength(JSON.stringify(input)) <= SHOWN_BYTES;
      asked = { tool: tool.slice(0, 200), tool_use_id, fingerprint, arguments: isShort ? input : null };
      return null;
    },
    asked: () => asked,
  };
}

/** A person may have allowed it with other arguments. */
const grantedCall = ({ tool, fingerprint, edited }: CodingGrant): string =>
  edited === null ? fingerprint : fingerprintOf(tool, edited);

/** By which a call is known when it is asked for again. */
export function fingerprintOf(tool: string, input: Record<string, unknown>): string {
  const told = Object.entries(input).filter(([name]) => !WORDS.has(name));
  const sorted = told.sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([tool, sorted]))
    .digest('hex');
}
