import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { MISSING } from '../sandbox/setup.ts';
import { assistantProgramOf } from '../setup/assistants.ts';
import { planOf, startJob } from '../setup/jobs.ts';
import { assistant, REAL_DRIVERS, useAssistants } from './setup.ts';

for (const driver of REAL_DRIVERS) {
  const found = assistantProgramOf(driver);
  const missing = MISSING ?? (found.path === undefined ? found.reason : null);
  describe.skipIf(missing)(`${driver} in a sandbox${missing ? ` (${missing})` : ''}`, () => {
    const free = assistant(driver, { permissions: 'all' }, 'free');
    const world = useAssistants(driver, { in_sandbox: true, agents: [free] });

    test('does everything in its folder, reaches its provider, and sees nothing else of the host', async () => {
      const secret = join(world.folder, 'secret');
      await writeFile(secret, 'what nobody may read');
      const command = [
        'echo made > by-command.txt',
        `cat ${secret}`,
        `kill -0 ${process.pid} && echo the worker is seen`,
        'ls -d /root/.cache /home/*',
        'echo looked: $HOME',
      ].join('; ');
      world.fake.expect('Look around', 0, { text: 'I look.', command });
      world.fake.expect('Look around', 1, { text: 'Looked.' });
      const plan = planOf([{ task_id: 't', description: 'Look around', agent: 'free', max_attempts: 1 }]);
      const job = await startJob(world, { plan });
      const view = await job.reach('completed', 'failed', 'needs_review');
      expect(view.tasks[0]).toMatchObject({
        status: 'completed',
        output_preview: 'Looked.',
        sandbox: 'bubblewrap',
      });
      const folder = join(world.deps.work_dir, job.job_id);
      expect(await readFile(join(folder, 'by-command.txt'), 'utf8')).toBe('made\n');
      const told = world.fake.calls().at(-1)!;
      expect(told).toContain(`looked: ${join(folder, '.assistants/t/home')}`);
      expect(told).not.toMatch(/nobody may read|worker is seen\\n|\/home\/\w+\\n/);
    });
  });
}
