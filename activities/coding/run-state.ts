import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Usage } from '../../contracts/money.ts';

/** What is kept of a conversation beside its HOME, so that a killed worker loses nothing of it. */
export interface RunState {
  /** the assistant's own id */
  session: string | null;
  /** the row of the ledger that is open, and what is known of it */
  open_call: { call_id: string; usage: Usage; cost_usd: number } | null;
  /** where in the file of its conversation the latest start began, in bytes; left out: it keeps none */
  journal_at?: number;
  /** of the conversation by then, its own prompts included; left out: not known */
  context_tokens?: number;
  /** approvals whose call was let through; left out: none */
  used_grants?: string[];
  /** how often in turn it was turned away by a rate limit */
  parked: number;
}

/** Null where there is none, or none that was written whole. */
export function readRunState(file: string): RunState | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as RunState;
  } catch {
    return null;
  }
}

/** Writes it whole or not at all; it is on the disk then. */
export function writeRunState(file: string, state: RunState): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const fd = openSync(`${file}.new`, 'w', 0o600);
  try {
    writeFileSync(fd, JSON.stringify(state));
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(`${file}.new`, file);
}
