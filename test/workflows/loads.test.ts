import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import { beforeAll, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

let modules: ICruiseResult['modules'];

beforeAll(async () => {
  const { output } = await cruise(['workflows'], {
    baseDir: ROOT,
    tsPreCompilationDeps: false, // types load nothing
    doNotFollow: { path: 'node_modules' },
  });
  modules = (output as ICruiseResult).modules;
});

/** Files of ours, and packages, that are evaluated when `file` is; what is imported while it runs is not among them. */
function loadedBy(file: string): { files: string[]; packages: string[] } {
  const seen = new Set<string>();
  const packages = new Set<string>();
  const queue = [file];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    const { dependencies } = modules.find(({ source }) => source === next)!;
    for (const { resolved, dynamic, module } of dependencies) {
      if (dynamic) continue;
      if (module.startsWith('.')) queue.push(resolved);
      else packages.add(module);
    }
  }
  return { files: [...seen], packages: [...packages].sort() };
}

const bytesOf = (files: readonly string[]): number =>
  files.reduce((sum, file) => sum + statSync(new URL(file, `file://${ROOT}`)).size, 0);

/** What every workflow but a job's evaluates once more each time that one starts: it is most of what a start costs. */
test('a workflow that is not a job loads the SDK and a few small files, and no schema', () => {
  const { files, packages } = loadedBy('workflows/index.ts');
  expect(packages).toEqual(['@temporalio/common', '@temporalio/workflow']);
  expect(files.length).toBeLessThanOrEqual(42);
  expect(bytesOf(files)).toBeLessThanOrEqual(155_000);
});

test("a job's workflow loads schemas besides, and no package besides", () => {
  const { files, packages } = loadedBy('workflows/job/job.ts');
  expect(packages).toEqual(['@temporalio/common', '@temporalio/workflow', 'zod']);
  expect(files.length).toBeLessThanOrEqual(137);
  expect(bytesOf(files)).toBeLessThanOrEqual(530_000);
});
