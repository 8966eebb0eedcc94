import type { CodingDriver } from '../../../contracts/coding.ts';
import { claude } from './claude.ts';
import { codex } from './codex.ts';
import type { Driver } from './driver.ts';

/** Every coding assistant that can be run, by name. */
export const DRIVERS: Readonly<Record<CodingDriver, Driver>> = { claude, codex };
