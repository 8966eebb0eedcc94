import { once } from 'node:events';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { collectArtifacts, mediaTypeOf } from '../../activities/command/artifacts.ts';
import { tempFolder } from './setup.ts';

test('files are found in all subfolders, in order, with size and media type', async () => {
  const dir = await tempFolder();
  await mkdir(join(dir, 'b', 'c'), { recursive: true });
  await writeFile(join(dir, 'report.md'), '# Report');
  await writeFile(join(dir, 'b', 'c', 'data.json'), '{}');
  await writeFile(join(dir, 'b', 'unknown'), '');
  expect(await collectArtifacts(dir)).toEqual({
    artifacts: [
      {
        name: 'b/c/data.json',
        path: join(dir, 'b/c/data.json'),
        size_bytes: 2,
        media_type: 'application/json',
      },
      {
        name: 'b/unknown',
        path: join(dir, 'b/unknown'),
        size_bytes: 0,
        media_type: 'application/octet-stream',
      },
      {
        name: 'report.md',
        path: join(dir, 'report.md'),
        size_bytes: 8,
        media_type: 'text/markdown; charset=utf-8',
      },
    ],
    left_out: [],
  });
});

test('links are followed inside the folder only', async () => {
  const dir = await tempFolder();
  const outside = await tempFolder();
  await writeFile(join(outside, 'secret'), 'of the machine');
  await mkdir(join(dir, 'sub'));
  await writeFile(join(dir, 'real.txt'), 'here');
  await symlink('real.txt', join(dir, 'good'));
  await symlink(join(outside, 'secret'), join(dir, 'bad'));
  await symlink(outside, join(dir, 'bad-folder'));
  await symlink('nowhere', join(dir, 'dangling'));
  await symlink('..', join(dir, 'sub', 'loop'));
  const { artifacts, left_out } = await collectArtifacts(dir);
  expect(artifacts.map(({ name, path }) => [name, path])).toEqual([
    ['good', join(dir, 'real.txt')],
    ['real.txt', join(dir, 'real.txt')],
  ]);
  expect(left_out.map(({ name, reason }) => `${name}: ${reason}`)).toEqual([
    'bad: its link leads out of the artifacts folder',
    'bad-folder: its link leads out of the artifacts folder',
    'dangling: its link leads nowhere',
    'sub/loop: its link leads out of the artifacts folder',
  ]);
});

test('special files, large files and too many files are left out, by name and with the reason', async () => {
  const dir = await tempFolder();
  const server = createServer().listen(join(dir, 'a-socket'));
  await once(server, 'listening');
  await writeFile(join(dir, 'b-large'), 'x'.repeat(101));
  for (const name of ['c', 'd', 'e']) await writeFile(join(dir, name), 'x'.repeat(100));
  const { artifacts, left_out } = await collectArtifacts(dir, { max_files: 2, max_file_bytes: 100 });
  server.close();
  expect(artifacts.map(({ name }) => name)).toEqual(['c', 'd']);
  expect(left_out.map(({ name, reason }) => `${name}: ${reason}`)).toEqual([
    'a-socket: it is not a file',
    'b-large: it has 101 bytes, more than the 100 allowed',
    'e: there are more than 2 files: this one and all later ones were left out',
  ]);
});

test('of very many, the first are named and the rest counted', async () => {
  const dir = await tempFolder();
  for (let index = 0; index < 53; index += 1) await symlink('nowhere', join(dir, `link-${index}`));
  const { left_out } = await collectArtifacts(dir);
  expect(left_out).toHaveLength(51);
  expect(left_out.at(-1)).toEqual({ name: '3 more', reason: 'not named here' });
});

test('a folder that is not there holds no artifacts', async () => {
  expect(await collectArtifacts(join(await tempFolder(), 'missing'))).toEqual({
    artifacts: [],
    left_out: [],
  });
});

test('media types go by the end of the name', () => {
  expect(mediaTypeOf('a/b.PNG')).toBe('image/png');
  expect(mediaTypeOf('main.ts')).toBe('text/plain; charset=utf-8');
  expect(mediaTypeOf('Makefile')).toBe('application/octet-stream');
});
