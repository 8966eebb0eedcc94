import { expect, test } from 'vitest';
import { openRepository } from '../../activities/repository/open.ts';
import { noSandbox } from '../../activities/sandbox/sandbox.ts';
import { RepositoriesConfig } from '../../contracts/repository/config.ts';
import { NO_MASK } from '../../core/text/mask.ts';
import { openStore } from '../../store/index.ts';
import { bare, type Change, tempFolder } from './bare.ts';
import { signal, testDeps } from './task-host.ts';

async function opened(files: Record<string, Change>, deliver: 'branch' | null = null) {
  const source = bare();
  source.git('update-ref', 'refs/heads/main', source.commit(null, files));
  const folder = tempFolder();
  const store = await openStore({ sqlite_file: `${folder}/db`, artifacts_dir: `${folder}/artifacts` });
  try {
    return await openRepository(
      { ...testDeps(), store, mask: NO_MASK, sandbox: noSandbox(), config: RepositoriesConfig.parse({}) },
      {
        ...{ job_id: 'j', owner: 'ann', location: source.git_dir, base_branch: null, deliver, about: '' },
        commands: { setup: null, lock: null },
      },
      signal,
    );
  } finally {
    await store.close();
  }
}

test('a delivery in the file of a repository that can not be made is a warning, and left out', async () => {
  const { deliver, warnings } = await opened({ '.orchestrator.yaml': 'deliver: pull_request\n' });
  expect(deliver).toBe('branch');
  expect(warnings).toEqual([
    '.orchestrator.yaml: deliver: A repository at a path takes `deliver: branch`, not `pull_request`, which is for URLs. It is left out.',
  ]);
  expect(await opened({ '.orchestrator.yaml': 'deliver: branch\n' })).toMatchObject({ warnings: [] });
});
