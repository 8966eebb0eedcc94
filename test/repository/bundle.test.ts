import { PassThrough, type Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { fetchBundle, storeBundle } from '../../activities/repository/mirror/bundle.ts';
import { bare, memoryContents } from './bare.ts';

const signal = new AbortController().signal;
const REF = 'refs/heads/orchestrator/j/result';

function history() {
  const source = bare();
  const first = source.commit(null, { a: '1\n', b: 'b\n' });
  const second = source.commit(first, { a: '1\n2\n' });
  source.git('update-ref', REF, second);
  return { source, first, second, store: memoryContents() };
}

test('a bundle of all history makes a repository anew; one from a commit on goes on from there', async () => {
  const { source, first, second, store } = history();
  source.git('update-ref', 'refs/heads/base', first);
  const input = { git_dir: source.git_dir, job_id: 'j' };
  const whole = await storeBundle(
    { store },
    { ...input, from: null, to: first, ref: 'refs/heads/base' },
    signal,
  );
  const rest = await storeBundle({ store }, { ...input, from: first, to: second, ref: REF }, signal);
  const other = bare();
  const fetching = { git_dir: other.git_dir };
  expect(await fetchBundle({ store }, { ...fetching, bundle_ref: whole! }, signal)).toBe(first);
  expect(await fetchBundle({ store }, { ...fetching, bundle_ref: rest!, into_ref: REF }, signal)).toBe(
    second,
  );
  expect(other.git('rev-parse', REF)).toBe(second);
  expect(other.git('fsck', '--full', '--strict')).not.toContain('missing');
  expect(await fetchBundle({ store }, { ...fetching, bundle_ref: rest!, into_ref: REF }, signal)).toBe(
    second,
  );
});

test('there is no bundle of nothing', async () => {
  const { source, first, store } = history();
  const input = { git_dir: source.git_dir, job_id: 'j', from: first, to: first, ref: REF };
  expect(await storeBundle({ store }, input, signal)).toBeNull();
});

test('a ref that has moved on is not taken for the commit that was meant', async () => {
  const { source, first, second, store } = history();
  const input = { git_dir: source.git_dir, job_id: 'j', from: null, to: first, ref: REF };
  await expect(storeBundle({ store }, input, signal)).rejects.toThrow(`${REF} is at ${second} now`);
});

test('nothing is stored of a bundle that git could not finish', async () => {
  const { source, second, store } = history();
  const input = { git_dir: source.git_dir, job_id: 'j', from: null, to: second, ref: 'refs/heads/missing' };
  await expect(storeBundle({ store }, input, signal)).rejects.toThrow(/missing|header/);
});

test('a store that takes nothing ends git, and its error is told', async () => {
  const { source, second } = history();
  const store = {
    putContent: ({ source: stream }: { source: unknown }) => {
      (stream as Readable).destroy();
      return Promise.reject(new Error('no room'));
    },
  };
  const input = { git_dir: source.git_dir, job_id: 'j', from: null, to: second, ref: REF };
  await expect(storeBundle({ store }, input, signal)).rejects.toThrow('no room');
});

test('a bundle that needs a commit which is not there is refused, and leaves nothing', async () => {
  const { source, first, second, store } = history();
  const input = { git_dir: source.git_dir, job_id: 'j', from: first, to: second, ref: REF };
  const bundle_ref = (await storeBundle({ store }, input, signal))!;
  const other = bare();
  const fetched = fetchBundle({ store }, { git_dir: other.git_dir, bundle_ref, into_ref: REF }, signal);
  await expect(fetched).rejects.toThrow(
    `the bundle can not be taken: it needs a commit that is not here: ${first}`,
  );
  expect(other.git('count-objects', '-v')).toContain('in-pack: 0');
});

test.each([
  ['something else', Buffer.from('hello\n\n'), 'it is no git bundle of version 2'],
  ['nothing', Buffer.alloc(0), 'its header has no end'],
  ['a header without end', Buffer.alloc(3 * 1024 ** 2, 'x'), 'its header has no end'],
  ['a damaged header', Buffer.from('# v2 git bundle\nwhat\n\n'), 'its header is damaged'],
  ['no head', Buffer.from('# v2 git bundle\n\n'), 'it has 0 heads'],
  [
    'two heads',
    Buffer.from(`# v2 git bundle\n${'1'.repeat(40)} refs/heads/a\n${'2'.repeat(40)} refs/heads/b\n\n`),
    'it has 2 heads',
  ],
  [
    'a pack that is none',
    Buffer.from(`# v2 git bundle\n${'1'.repeat(40)} refs/heads/a\n\nPACKage`),
    'index-pack',
  ],
])('%s in the place of a bundle is refused in words', async (_, bytes, said) => {
  const store = memoryContents();
  const { sha256 } = await store.putContent({ job_id: 'j', source: bytes });
  const input = { git_dir: bare().git_dir, bundle_ref: sha256, into_ref: REF };
  await expect(fetchBundle({ store }, input, signal)).rejects.toThrow(said);
});

test('a bundle that was cut off leaves nothing', async () => {
  const { source, second, store } = history();
  const input = { git_dir: source.git_dir, job_id: 'j', from: null, to: second, ref: REF };
  const whole = await store.getContent((await storeBundle({ store }, input, signal))!);
  const { sha256 } = await store.putContent({ job_id: 'j', source: whole.subarray(0, whole.length - 30) });
  const other = bare();
  await expect(
    fetchBundle({ store }, { git_dir: other.git_dir, bundle_ref: sha256, into_ref: REF }, signal),
  ).rejects.toThrow('index-pack');
  expect(other.git('for-each-ref')).toBe('');
  expect(other.git('count-objects', '-v')).toContain('in-pack: 0');
});

test('broken objects of others are refused; our own history may have old ones', async () => {
  const { source, store } = history();
  const tree = source.git('rev-parse', `${REF}^{tree}`);
  const file = `${source.git_dir}/odd`;
  // an author without a space before the address: git of long ago made some
  const odd = `tree ${tree}\nauthor Ann<ann@example.com> 1 +0000\ncommitter Ann <ann@example.com> 1 +0000\n\nodd\n`;
  (await import('node:fs')).writeFileSync(file, odd);
  const sha = source.git('hash-object', '-t', 'commit', '-w', '--literally', file);
  source.git('update-ref', REF, sha);
  const input = { git_dir: source.git_dir, job_id: 'j', from: null, to: sha, ref: REF };
  const bundle_ref = (await storeBundle({ store }, input, signal))!;
  const fetching = { git_dir: bare().git_dir, bundle_ref };
  await expect(fetchBundle({ store }, fetching, signal)).rejects.toThrow('missingSpaceBeforeEmail');
  expect(await fetchBundle({ store }, { ...fetching, ours: true }, signal)).toBe(sha);
});

test('a bundle passes through, and is never in memory as a whole', async () => {
  const source = bare();
  const { randomBytes } = await import('node:crypto');
  source.git('config', 'core.compression', '0');
  const to = source.commit(null, { 'big.bin': randomBytes(96 * 1024 ** 2) });
  source.git('update-ref', REF, to);
  let bytes = 0;
  const store = {
    async putContent({ source: stream }: { source: unknown }) {
      for await (const chunk of stream as Readable) bytes += chunk.length;
      return { sha256: 'x', size_bytes: bytes };
    },
  };
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage().arrayBuffers - before);
  }, 5);
  await storeBundle({ store }, { git_dir: source.git_dir, job_id: 'j', from: null, to, ref: REF }, signal);
  clearInterval(watch);
  expect(bytes).toBeGreaterThan(96 * 1024 ** 2);
  // what nobody has any more is counted until it is collected
  expect(most).toBeLessThan(48 * 1024 ** 2);
});

test('a content that breaks off while it is read is told as such', async () => {
  const { source, second, store } = history();
  const input = { git_dir: source.git_dir, job_id: 'j', from: null, to: second, ref: REF };
  const whole = await buffer(await store.openContent((await storeBundle({ store }, input, signal))!));
  const broken = new PassThrough();
  broken.write(whole.subarray(0, whole.length - 10), () => broken.destroy(new Error('the line was cut')));
  const fetched = fetchBundle(
    { store: { openContent: async () => broken } },
    { git_dir: bare().git_dir, bundle_ref: 'x' },
    signal,
  );
  await expect(fetched).rejects.toThrow('the line was cut');
});
