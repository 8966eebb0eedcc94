import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readRepositoryFile } from '../../activities/repository/discover/repository-file.ts';
import { PlanInput } from '../../contracts/plan.ts';
import { decideCommands } from '../../core/repository/commands.ts';
import { blocksOf, readPage, tableOf } from './page.ts';

const page = readPage('docs/repositories.md');

const namedIn = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name!);

/** `where there is a ...` */
const locksIn = (cell: string): string[] => (cell.includes('where there is') ? namedIn(cell).slice(1) : []);

/** What rows say in words. */
const BESIDE: Record<string, string[]> = {
  '`uv.lock`': ['tests'],
  '`poetry.lock`': ['tests'],
  'another Python project with tests': ['pyproject.toml', 'tests'],
  'a Makefile with the target `test`': ['Makefile'],
};

describe('docs/repositories.md', () => {
  it('names the commands that are found', () => {
    const tested = JSON.stringify({ scripts: { test: 'x' }, dependencies: { a: '1' } });
    const texts = { 'package.json': tested, Makefile: 'test:\n' };
    const rows = tableOf(page, 'at the root');
    expect(rows.length).toBeGreaterThan(8);
    for (const [root = '', ...told] of rows) {
      const names = new Set([...namedIn(root), ...(BESIDE[root] ?? []), ...told.flatMap(locksIn)]);
      const { commands } = decideCommands({}, {}, { names, texts });
      const found = [commands.setup.command, commands.check.command, commands.lock.command];
      expect([root, ...found]).toEqual([root, ...told.map((cell) => namedIn(cell)[0] ?? null)]);
    }
  });

  it('shows a file of the repository, and a plan, that can be read', () => {
    const blocks = blocksOf(page).filter(({ language }) => language === 'yaml');
    const file = blocks.find(({ text }) => text.includes('# .orchestrator.yaml'))!;
    expect(readRepositoryFile(file.text)).toMatchObject({ file: { deliver: 'pull_request' }, warnings: [] });
    const plan = blocks.find(({ text }) => text.startsWith('plan:'))!;
    expect(PlanInput.safeParse(parse(plan.text).plan)).toMatchObject({ success: true });
  });
});
