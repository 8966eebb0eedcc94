import { realpathSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStage, type Stage } from './setup.ts';

let stage: Stage;
let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(realpathSync(tmpdir()), 'orchestrator-root-'));
  stage = await openStage({ repositories: { roots: [root], from_metadata: 'allow' } });
});
afterAll(async () => {
  await stage.close();
  await rm(root, { recursive: true });
});

test('a repository that can not be worked in: every answer says why, in full', async () => {
  const repository = join(root, 'nowhere');
  const why = expect.stringContaining(`There is no folder ${repository}`);
  const request = { task_id: 'r1', title: 'T', description: 'D', metadata: { repository } };
  const told = await stage.ask('POST', '/orchestrate', request);
  expect(told).toMatchObject({ status: 200, body: { status: 'failed', reason: why, subtasks: [] } });
  const executed = await stage.ask('POST', '/execute/r1', {});
  expect(executed).toMatchObject({ status: 409, body: { error: { code: 'conflict', message: why } } });
  expect((await stage.ask('GET', '/tasks/r1')).body).toMatchObject({ status: 'failed', reason: why });
});
