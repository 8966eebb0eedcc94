import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { CodingDriver } from '../../contracts/coding.ts';
import { findPeerPackages } from '../../toolchain/peer-programs.ts';

const CPU = process.arch === 'arm64' ? 'aarch64' : 'x86_64';

/** Where the packages of the registry have the programs themselves: their install scripts are not run. */
const PROGRAMS: Record<Exclude<CodingDriver, 'acp'>, readonly string[]> = {
  codex: [`@openai/codex-${process.platform}-${process.arch}/vendor/${CPU}-unknown-linux-musl/bin/codex`],
  gemini: ['@google/gemini-cli/bundle/gemini.js'],
  opencode: ['', '-baseline', '-musl'].map(
    (kind) => `opencode-${process.platform}-${process.arch}${kind}/bin/opencode`,
  ),
  claude: [`@anthropic-ai/claude-code-${process.platform}-${process.arch}/claude`],
};

const found = await findPeerPackages('assistants', { onProgress: (line) => console.log(line) });

/** The real program of a coding assistant, or why there is none. */
export function assistantProgramOf(
  driver: Exclude<CodingDriver, 'acp'>,
): { path: string } | { path?: undefined; reason: string } {
  if (found.packages === undefined) return { reason: found.reason };
  const path = PROGRAMS[driver].map((program) => join(found.packages, program)).find(existsSync);
  return path ? { path } : { reason: `there is no ${driver} for ${process.platform} ${process.arch}` };
}
