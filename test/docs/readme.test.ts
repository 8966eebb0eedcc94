import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { ROOT, readPage } from './page.ts';

const readme = readPage('README.md');
const pages = [
  'README.md',
  ...['deployment', 'configuration', 'operators', 'api'].map((name) => `docs/${name}.md`),
];
const { scripts } = JSON.parse(readPage('package.json'));

it('names npm scripts that exist', () => {
  const pages = [
    'README.md',
    ...['deployment', 'configuration', 'operators', 'api'].map((name) => `docs/${name}.md`),
  ];
  const named = pages.flatMap((path) => [
    ...readPage(path).matchAll(/(?:`|^|&& )npm (?:run )?([a-z:]+)\b/gm),
  ]);
  const own = named.map(([, name]) => name!).filter((name) => !['ci', 'prune', 'run', 'and'].includes(name));
  expect(own).toContain('start');
  for (const name of own) expect(Object.keys(scripts)).toContain(name);
});

it('names commands of the CLI that exist', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [join(ROOT, 'cli/bin.ts'), 'help']);
  const commands = [...stdout.matchAll(/^ {2}([a-z-]+) /gm)].map(([, name]) => name);
  const named = pages.flatMap((path) => [
    ...readPage(path).matchAll(/(?:npx|`|api) orchestrator ([a-z-]+)|`orchestrator ([a-z-]+)/g),
  ]);
  expect(named.length).toBeGreaterThan(5);
  for (const [, first, second] of named) expect(commands).toContain(first ?? second);
});

it('shows the plan of the demo as it is', () => {
  const example = readPage('examples/audit.yaml');
  for (const [, id] of example.matchAll(/task_id: (\S+)/g))
    expect(readme).toMatch(new RegExp(`^✓ .*${id} `, 'm'));
  for (const [, id] of example.matchAll(/criterion_id: (\S+)/g))
    expect(readme).toContain(`met         ${id} `);
});
