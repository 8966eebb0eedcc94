import type { CodingDriver } from '../../../contracts/coding.ts';
import { claude } from './claude.ts';
import { codex } from './codex.ts';
import type { Driver } from './driver.ts';
import { opencode } from './opencode.ts';

/** Every coding assistant that can be run, by name. */
export const DRIVERS: Readonly<Record<CodingDriver, Driver>> = { claude, codex, opencode };
