import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { JobStatus, TaskStatus } from '../../contracts/status.ts';
import { code, ROOT, readPage, tableOf } from './page.ts';

const page = readPage('docs/design.md');

/** Folders that hold no part of the service, or none that the page's table is about. */
const OTHERS = ['node_modules', 'test', 'docs', 'deploy', 'examples', 'coverage'];

describe('docs/design.md', () => {
  it('names every folder', () => {
    const folders = readdirSync(ROOT, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => name)
      .filter((name) => !OTHERS.includes(name));
    const named = tableOf(page, 'folder').map(([name]) => code(name).replace('/', ''));
    expect(named.sort()).toEqual(folders.sort());
  });

  it('names every status', () => {
    for (const status of [...JobStatus.options, ...TaskStatus.options]) {
      expect(page).toContain(`\`${status}\``);
    }
  });

  it('numbers the import rules as the lint does', () => {
    const numbers = [...readPage('.dependency-cruiser.cjs').matchAll(/^ +'(\d)\w?-/gm)].map(
      ([, number]) => number,
    );
    const rules = page.slice(page.indexOf('Eight rules'), page.indexOf('## Where state lives'));
    expect(numbers.length).toBeGreaterThan(4);
    for (const number of numbers) expect(rules).toMatch(new RegExp(`^${number}\\. `, 'm'));
  });
});

describe('links of README and pages', () => {
  const pages = ['README.md', ...readdirSync(join(ROOT, 'docs')).map((name) => `docs/${name}`)].filter(
    (path) => path.endsWith('.md') && existsSync(join(ROOT, path)),
  );
  it.each(pages)('%s links to files that are there', (path) => {
    const targets = [...readPage(path).matchAll(/\]\(([^)#\s]+)/g)].map(([, target]) => target!);
    const missing = targets.filter(
      (target) => !/^https?:/.test(target) && !existsSync(join(ROOT, dirname(path), target)),
    );
    expect(missing).toEqual([]);
  });
});
