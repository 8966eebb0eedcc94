import { join } from 'node:path';
import { afterAll } from 'vitest';
import { Config } from '../../contracts/config.ts';
import { usualSandbox } from '../setup/deps.ts';

/** What guards commands, and git over the folders of tasks. */
export const SANDBOX = await usualSandbox(Config.parse({}), join(import.meta.dirname, 'none'));

afterAll(() => SANDBOX.close());
