import type { CodingDriver } from '../../../contracts/coding.ts';
import { acp } from './acp.ts';
import { claude } from './claude.ts';
import { codex } from './codex.ts';
import type { Driver } from './driver.ts';
import { gemini } from './gemini.ts';
import { opencode } from './opencode.ts';

/** Every coding assistant that can be run, by name. */
export const DRIVERS: Readonly<Record<CodingDriver, Driver>> = { claude, codex, gemini, opencode, acp };
