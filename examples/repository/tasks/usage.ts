// Has the program say how it is called.
import { replace, write } from './edit.ts';

write({
  'test/cli.test.ts': `import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

test('without a file it says how it is called', () => {
  const { status, stderr } = spawnSync(process.execPath, ['src/cli.ts'], { encoding: 'utf8' });
  assert.equal(status, 2);
  assert.match(stderr, /^Usage: /);
});
`,
});
replace(
  'src/cli.ts',
  'for (const file of process.argv.slice(2)) {',
  `const files = process.argv.slice(2);
if (files.length === 0) {
  console.error('Usage: node src/cli.ts FILE...');
  process.exitCode = 2;
}

for (const file of files) {`,
);
