import { appendFile, cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DefaultLogger } from '@temporalio/worker';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { workflowBundle } from '../../worker/workflow-bundle.ts';

const ROOT = join(import.meta.dirname, '../..');
const QUIET = new DefaultLogger('ERROR');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orchestrator-bundle-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('a bundle is made once for each content of the sources, and taken as it is from then on', async () => {
  // a copy of the sources, so that they can be changed
  const root = join(folder, 'root');
  for (const path of ['workflows', 'core', 'contracts', 'package.json', 'package-lock.json'])
    await cp(join(ROOT, path), join(root, path), { recursive: true });
  await symlink(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  const cache = join(folder, 'cache');
  const bundle = () => workflowBundle(QUIET, { root, cache });

  const [first, again] = await Promise.all([bundle(), bundle()]);
  expect(again).toEqual(first);
  if (!('codePath' in first)) throw new Error('the bundle was not kept');
  const code = await readFile(first.codePath, 'utf8');
  expect(code).toContain('jobWorkflow');
  // what is there is taken as it is
  await writeFile(first.codePath, `${code}\n// kept`);
  expect(await bundle()).toEqual(first);
  expect(await readFile(first.codePath, 'utf8')).toContain('// kept');

  await appendFile(join(root, 'core/plan/graph.ts'), '\nexport const another = 1;\n');
  const changed = await bundle();
  expect(changed).not.toEqual(first);
  expect(await readdir(cache)).toHaveLength(2);
});

test('where nothing can be kept, the code itself is given', async () => {
  const cache = join(folder, 'a file');
  await writeFile(cache, '');
  const bundle = await workflowBundle(QUIET, { cache });
  expect('code' in bundle && bundle.code).toContain('jobWorkflow');
});
