import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { jobWorkflowId, taskWorkflowId } from '../../contracts/names.ts';
import { agentNamed, callsAbout, turn, use, useAgents } from '../agents/setup.ts';
import { collectRuns } from '../replay/collect.ts';
import { replay } from '../replay/replay.ts';
import { until } from '../setup/until.ts';
import { complete, delegate, lead, messagesOf, OF_BOSS, startProject, timesIn, waits } from './setup.ts';

/** `ORCHESTRATOR_CHAOS=long` delegates 500 times, with the limits of histories that are in force. */
const isLong = process.env.ORCHESTRATOR_CHAOS === 'long';
const AT_ONCE = isLong ? 20 : 8;
const BATCHES = isLong ? 25 : 3;
const DELEGATIONS = AT_ONCE * BATCHES;
const settings = isLong ? {} : { continue_after_events: 100 };
const MAX_EVENTS = isLong ? 4000 : 500;
const MAX_BYTES = 20_000_000;

const world = useAgents({
  agents: [agentNamed('ann', { system_prompt: 'You do parts.' })],
  config: {
    limits: { max_tasks: 500 },
    providers: { anthropic: { context_window: 1_000_000 } },
  },
  leftovers: true,
});

test(`a project of ${DELEGATIONS} delegations goes on in new runs, the boss's conversation by reference, and nothing is lost`, {
  timeout: isLong ? 1_500_000 : 180_000,
}, async () => {
  const count = isLong ? DELEGATIONS - 1 : DELEGATIONS;
  const go = join(world.folder, 'go');
  const batch = (number: number) =>
    Array.from({ length: AT_ONCE }, (_, at) => number * AT_ONCE + at + 1)
      .filter((part) => part <= count)
      .map((part) => delegate('ann', part === count ? 'The last part' : `Part ${part}`));
  world.fake.expect(
    lead(['Lay the road', 'The end of the road'], [complete('The road is laid.')]),
    ...Array.from({ length: BATCHES }, (_, number) => lead('Lay the road', batch(number))),
    waits('Lay the road', 2 * count),
    turn(
      '# Your task: The last part',
      { tool_use: [use('bash', { command: `while [ ! -f ${go} ]; do sleep 0.2; done` })] },
      { turn: 0 },
    ),
    turn('# Your task: The last part', { text: 'The end of the road.' }, { turn: 1 }),
    turn('# Your task: Part', { text: 'One more part is laid.' }, { times: count }),
  );
  const agents = [{ agent_id: 'ann', role: 'worker' as const, specialty: 'general' as const }];
  const job = await startProject(
    world,
    'Lay the road',
    { agents, budget_usd: null, max_workers: 8 },
    settings,
  );
  const done = () => callsAbout(world.fake, '# Your task: ').length;
  await until(async () => (await job.status()).stats.completed === count - 1, {
    timeoutMs: isLong ? 1_200_000 : 120_000,
    what: `${count} parts`,
  });
  expect(existsSync(go)).toBe(false);
  await writeFile(go, '');
  await job.result();
  const view = await job.status();
  expect(view).toMatchObject({ status: 'completed', stats: { completed: count + 1, total: count + 1 } });
  expect(done()).toBe(count + 1);

  const results = (await messagesOf(job)).filter(({ kind }) => kind === 'result');
  expect(new Set(results.map(({ metadata }) => metadata.task_id)).size).toBe(count);
  expect(results).toHaveLength(count);
  const last = callsAbout(world.fake, 'Lay the road').findLast(({ body }) =>
    JSON.stringify(body.system).includes(OF_BOSS.system_includes),
  )!;
  expect(timesIn(last, 'One more part is laid.')).toBe(count - 1);
  expect(timesIn(last, 'The end of the road.')).toBe(1);

  const ids = [jobWorkflowId(job.job_id), taskWorkflowId(job.job_id, 'boss')];
  for (const id of ids) {
    const runs = (await collectRuns(world.client, [id])).filter(({ workflow_id }) => workflow_id === id);
    if (!isLong || id === ids[0]) expect(runs.length, id).toBeGreaterThan(1);
    for (const { events } of runs) {
      expect(events.length).toBeLessThan(MAX_EVENTS);
      expect(Buffer.byteLength(JSON.stringify(events))).toBeLessThan(MAX_BYTES);
    }
    const sizes = runs.map(
      ({ events }) => `${events.length} events, ${Buffer.byteLength(JSON.stringify(events))} bytes`,
    );
    console.log(`${id.split('/').at(-1)}: ${sizes.join('; ')}`);
    expect(await replay(runs, inject('workflowBundle')!, world.store.payloads)).toEqual([]);
  }
});
