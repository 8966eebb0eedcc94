import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { jobWorkflowId, taskWorkflowId } from '../../contracts/names.ts';
import { runCli } from '../cli/run.ts';
import { startService, type TestService } from '../cli/service.ts';
import { type FakeAnthropic, startFakeAnthropic } from '../fakes/anthropic.ts';
import { planOf, startJob, type TestJob } from '../setup/jobs.ts';
import {
  API_KEY,
  agentNamed,
  reachLate,
  replayProblems,
  synthesis,
  turn,
  use,
  work,
  workerOptions,
} from './setup.ts';

const CALLS = 100;
const RESULT_BYTES = 8000;
const MAX_BYTES = 2_000_000;
const MAX_EVENTS = 2000;

let fake: FakeAnthropic;
let service: TestService;
beforeAll(async () => {
  fake = await startFakeAnthropic({ api_key: API_KEY });
  const window = { providers: { anthropic: { context_window: 1_000_000 } } };
  const options = { config: window, agents: [agentNamed('tester', { max_output_tokens: 1000 })] };
  service = await startService(workerOptions(fake, options));
});
afterAll(async () => {
  await service?.close();
  await fake?.close();
});

async function historyOf(workflowId: string): Promise<{ bytes: number; events: number }> {
  const { raw, historyLength } = await service.worker.client.workflow.getHandle(workflowId).describe();
  return { bytes: Number(raw.workflowExecutionInfo!.historySizeBytes), events: historyLength };
}

describe('an agent of 100 tool calls at 200K tokens of context', () => {
  let job: TestJob;
  beforeAll(async () => {
    const make = `for i in $(seq 1 ${CALLS}); do printf '%0${RESULT_BYTES}d' $i > $i.txt; done`;
    const calls = Array.from({ length: CALLS }, (_, index) =>
      index === 0 ? use('bash', { command: make }) : use('read_file', { file_path: `${index}.txt` }),
    );
    fake.expect(
      synthesis(),
      ...calls.map((call, index) =>
        turn('Read all', { text: `Call ${index + 1}.`, tool_use: [call] }, { turn: index }),
      ),
      turn('Read all', { text: 'All of it is read.' }, { turn: CALLS }),
    );
    job = await startJob(service.worker, { budget_usd: 500, plan: planOf([work('read', 'Read all')]) });
    await reachLate(job, 'completed');
  });

  test('fills its context', () => {
    fake.assertDone();
    const last = fake.calls.find(
      ({ body }) => body.messages.filter((m) => m.role === 'assistant').length === CALLS,
    )!;
    const { input_tokens, cache_read_input_tokens, cache_creation_input_tokens } = last.billed;
    expect(input_tokens + cache_read_input_tokens + cache_creation_input_tokens).toBeGreaterThan(200_000);
    // nearly all of it was in the cache
    expect(cache_read_input_tokens).toBeGreaterThan(195_000);
  });

  test('leaves less than 2 MB and 2,000 events of history in each workflow', async () => {
    for (const id of [jobWorkflowId(job.job_id), taskWorkflowId(job.job_id, 'read')]) {
      const { bytes, events } = await historyOf(id);
      console.log(`${id}: ${bytes} bytes, ${events} events`);
      expect.soft(bytes, id).toBeLessThan(MAX_BYTES);
      expect.soft(events, id).toBeLessThan(MAX_EVENTS);
    }
  });

  test('is readable turn by turn over the API', async () => {
    const path = `${service.url}/orchestrate/${job.job_id}/task/read/transcript`;
    const messages: { number: number; role: string; content: { type: string; content?: string }[] }[] = [];
    for (let after: number | null = 0; after !== null; ) {
      const response: Response = await fetch(`${path}?after=${after}&limit=50`);
      expect(response.status).toBe(200);
      const page = (await response.json()) as { messages: typeof messages; next_after: number | null };
      expect(page.messages.length).toBeLessThanOrEqual(50);
      messages.push(...page.messages);
      after = page.next_after;
    }
    expect(messages.map(({ number }) => number)).toEqual(messages.map((_, index) => index + 1));
    expect(messages.filter(({ role }) => role === 'assistant')).toHaveLength(CALLS + 1);
    const results = messages.flatMap(({ content }) => content.filter(({ type }) => type === 'tool_result'));
    expect(results).toHaveLength(CALLS);
    expect(results.slice(1).every(({ content }) => content!.length >= RESULT_BYTES)).toBe(true);
    expect(JSON.stringify(messages.at(-1))).toContain('All of it is read.');
  });

  test('is readable turn by turn on the command line', async () => {
    const { exit, stdout } = await runCli(['transcript', job.job_id, 'read'], { url: service.url });
    expect(exit).toBe(0);
    expect(stdout).toContain('Call 1.');
    expect(stdout).toContain(`Call ${CALLS}.`);
    expect(stdout.match(/^→ read_file/gm)).toHaveLength(CALLS - 1);
    expect(stdout.trimEnd().endsWith('All of it is read.')).toBe(true);
  });

  test('replays', async () => {
    expect(await replayProblems(service.worker, job)).toEqual([]);
  });
});
