import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { missingPrograms } from '../../activities/repository/discover/missing-programs.ts';
import { tempFolder } from './bare.ts';

const command = (text: string | null, source: 'found' | 'submission' | 'none' = 'found') => ({
  command: text,
  source,
});

test('of what was found, and not of what somebody gave, programs that are not there are named once a command', () => {
  const folder = tempFolder();
  writeFileSync(join(folder, 'npm-like'), '#!/bin/sh\n', { mode: 0o755 });
  writeFileSync(join(folder, 'not-a-program'), '');
  const path = `/nowhere:${folder}`;
  const none = command(null, 'none');
  expect(missingPrograms({ setup: command('npm-like ci'), check: none, lock: none }, path)).toEqual([]);
  expect(missingPrograms({ setup: command('uv sync', 'submission'), check: none, lock: none }, path)).toEqual(
    [],
  );
  expect(
    missingPrograms({ setup: command('uv sync'), check: command('not-a-program'), lock: none }, path),
  ).toEqual([
    'uv is not installed on the machine of the worker: install it for `uv sync`, or give another setup_command',
    'not-a-program is not installed on the machine of the worker: install it for `not-a-program`, or give another check_command',
  ]);
});
