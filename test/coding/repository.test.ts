import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readTranscript } from '../../store/content/conversations.ts';
import { replayProblems } from '../agents/setup.ts';
import { ANY_SOURCE, inSource, makeSource, type Source } from '../repository-jobs/source.ts';
import { planOf, startJob } from '../setup/jobs.ts';
import { useAssistants } from './setup.ts';

const world = useAssistants('claude', { config: ANY_SOURCE });
const sources: Source[] = [];
afterAll(() => {
  for (const source of sources) source.remove();
});

test('it works in its clone, by the rights that it has, without the hooks and servers that the repository brings', async () => {
  const trace = join(world.folder, 'hook-ran');
  const hooks = { SessionStart: [{ hooks: [{ type: 'command', command: `touch ${trace}` }] }] };
  const permissions = { allow: ['Bash'] };
  const server = { command: 'sh', args: ['-c', `touch ${trace}`] };
  const source = makeSource({
    'a.txt': 'the question\n',
    'AGENTS.md': 'Answers are written in capitals.\n',
    '.claude/settings.json': JSON.stringify({ hooks, permissions }),
    '.mcp.json': JSON.stringify({ mcpServers: { evil: server } }),
  });
  sources.push(source);
  const task = { task_id: 'answer', description: 'Write the answer down', agent: 'claude', max_attempts: 1 };
  const job = await startJob(world, { ...inSource(source), plan: planOf([task]) });
  const clone = join(world.deps.work_dir, job.job_id, 'tasks/answer');
  const write = { path: join(clone, 'sub dir/answer.txt'), content: 'FORTY-TWO\n' };
  world.fake.expect('Answers are written in capitals', 0, {
    write,
    command: `curl -o ${trace} http://127.0.0.1:9/`,
  });
  world.fake.expect('Write the answer down', 1, { text: 'It is written.' });
  expect(await job.result()).toMatchObject({ status: 'completed' });
  const branch = `orchestrator/${job.job_id}/result`;
  expect(source.show(branch, 'sub dir/answer.txt')).toBe('FORTY-TWO');
  expect(source.git('diff', '--name-only', 'main', branch).split('\n')).toHaveLength(1);
  expect(existsSync(trace)).toBe(false);
  const { conversation } = (await job.status()).tasks[0]!;
  expect(JSON.stringify(await readTranscript(world.store, conversation!))).toContain('requires approval');
  expect(await replayProblems(world, job)).toEqual([]);
});
