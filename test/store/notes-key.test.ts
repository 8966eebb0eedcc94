import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openStore } from '../../store/index.ts';

test('all processes of an installation have one key for notes, and another installation has another', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'orchestrator-key-'));
  const open = (name: string) =>
    openStore({ sqlite_file: join(folder, name), artifacts_dir: join(folder, 'artifacts') });
  const stores = [await open('one.db'), await open('one.db'), await open('other.db')];
  const [worker, api, other] = await Promise.all(stores.map((store) => store.notesKey()));
  expect(api).toBe(worker);
  expect(await stores[0]!.notesKey()).toBe(worker);
  expect(other).not.toBe(worker);
  expect(Buffer.from(worker!, 'base64')).toHaveLength(32);
  await Promise.all(stores.map((store) => store.close()));
  await rm(folder, { recursive: true, force: true });
});
