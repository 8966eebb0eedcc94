import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

test('every package of the lock is held to the hash of its content', () => {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    packages: Record<string, { integrity?: string; link?: boolean }>;
  };
  const entries = Object.entries(packages).filter(([path, { link }]) => path !== '' && !link);
  expect(entries.length).toBeGreaterThan(500);
  const unheld = entries.filter(([, { integrity }]) => !/^sha(512|1)-/.test(integrity ?? ''));
  expect(unheld.map(([path]) => path)).toEqual([]);
});
