import { describe, expect, test } from 'vitest';
import { readTranscript } from '../../store/content/conversations.ts';
import type { FakeCall } from '../fakes/anthropic-call.ts';
import { planOf, startJob } from '../setup/jobs.ts';
import {
  agentNamed,
  billedUsd,
  callsAbout,
  reachLate,
  replayProblems,
  synthesis,
  turn,
  use,
  useAgents,
  work,
} from './setup.ts';

const WINDOW = 16_000;
const RESULT_BYTES = 8000;

const world = useAgents({
  config: { providers: { anthropic: { context_window: WINDOW } } },
  agents: [agentNamed('tester', { max_output_tokens: 1000 })],
  leftovers: true,
});

const promptTokens = ({ billed }: FakeCall) =>
  billed.input_tokens + billed.cache_read_input_tokens + billed.cache_creation_input_tokens;
const write = (count: number) =>
  use('bash', { command: `for i in $(seq 1 ${count}); do printf '%0${RESULT_BYTES}d' $i > $i.txt; done` });
const read = (index: number) => use('read_file', { file_path: `${index}.txt` });
/** What a file of {@link write} ends with; they are all zeros before. */
const endOf = (index: number) => `0000${index}`;

describe('a conversation that nears the end of the context window', () => {
  test('goes on from a summary and the latest turns, and all of it stays readable', async () => {
    const reads = 12;
    world.fake.expect(
      synthesis(),
      turn(['Read them', 'about to be shortened'], { text: 'SUMMARY ONE' }),
      turn(['Read them', 'about to be shortened'], { text: 'SUMMARY TWO' }),
      turn(['Read them', 'about to be shortened'], { text: 'SUMMARY AGAIN' }, { times: reads }),
      turn('Read them', { text: 'Call 0.', tool_use: [write(reads)] }),
      ...Array.from({ length: reads }, (_, index) =>
        turn('Read them', { text: `Call ${index + 1}.`, tool_use: [read(index + 1)] }),
      ),
      turn('Read them', { text: 'All is read.' }),
    );
    const job = await startJob(world, { budget_usd: 100, plan: planOf([work('read', 'Read them')]) });
    const view = await reachLate(job, 'completed');
    expect(world.fake.unexpected).toEqual([]);
    expect(view.tasks[0]).toMatchObject({ output_preview: 'All is read.', attempt: 1 });

    const calls = callsAbout(world.fake, 'Read them');
    const summaries = calls.filter(({ body }) => JSON.stringify(body).includes('about to be shortened'));
    expect(summaries.length).toBeGreaterThanOrEqual(2);
    for (const call of calls) expect.soft(promptTokens(call) + call.body.max_tokens).toBeLessThan(WINDOW);
    const last = JSON.stringify(calls.at(-1)!.body.messages);
    expect(last).toContain('SUMMARY');
    expect(last).toContain(endOf(reads));
    expect(last).not.toContain(`${endOf(2)}"`);
    expect(last).not.toContain('about to be shortened');

    const said = await readTranscript(world.store, view.tasks[0]!.conversation);
    const text = JSON.stringify(said);
    for (let index = 0; index <= reads; index += 1) expect(text.split(`"Call ${index}."`)).toHaveLength(2);
    for (let index = 1; index <= reads; index += 1) expect(text.split(`${endOf(index)}"`)).toHaveLength(2);
    expect(text).toContain('SUMMARY ONE');
    expect(text).toContain('SUMMARY TWO');
    expect(said.map(({ role }) => role)).not.toContain('system');

    const ledger = await world.store.readLedger(job.job_id);
    const billed = world.fake.calls.reduce((sum, call) => sum + billedUsd(call), 0);
    expect(ledger.reduce((sum, row) => sum + row.cost_usd, 0)).toBeCloseTo(billed, 8);
    expect(view.budget.spent_usd).toBeCloseTo(billed, 8);
    expect(await replayProblems(world, job)).toEqual([]);
  });

  test('is shortened before results are added that would not fit', async () => {
    const before = world.fake.calls.length;
    world.fake.expect(
      synthesis(),
      turn(['Read more', 'about to be shortened'], { text: 'SUMMARY' }, { times: 5 }),
      turn('Read more', { text: 'Call 0.', tool_use: [write(6)] }),
      turn('Read more', { text: 'Call 1.', tool_use: [read(1), read(2)] }),
      // a quarter of the window is free, and these take more
      turn('Read more', { text: 'Call 2.', tool_use: [read(3), read(4), read(5), read(6)] }),
      turn('Read more', { text: 'Much was read.' }),
    );
    const job = await startJob(world, { budget_usd: 100, plan: planOf([work('read', 'Read more')]) });
    await reachLate(job, 'completed');
    for (const call of world.fake.calls.slice(before))
      expect.soft(promptTokens(call) + call.body.max_tokens).toBeLessThan(WINDOW);
  });
});
