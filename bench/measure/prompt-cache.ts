import type { FakeCall } from '../../test/fakes/anthropic-call.ts';
import { thinkingTasks } from '../plans.ts';
import type { Scale } from '../scale.ts';
import { MODELS, type Thinking } from '../thinking.ts';
import { runJob } from './job-run.ts';
import { expectTurns } from './turns.ts';

/** How much of their prompts the agents of one job had from the provider's cache. */
export interface PromptCache {
  tasks: number;
  turns: number;
  /** input tokens, cached ones included */
  input_tokens: number;
  /** share of them that was read from the cache, and that was written to it; the rest was paid in full */
  read: number;
  written: number;
  /** share read in the first turns of all tasks but the first: what one task has from another */
  read_in_first_turns: number;
}

/** Agents at work at once, of the twice as many tasks. */
const WORKERS = 4;

/** Runs a job of several tasks of the agent `general`, each with several turns. */
export async function measurePromptCache({ api, fake }: Thinking, scale: Scale): Promise<PromptCache> {
  const tasks = thinkingTasks(2 * WORKERS, 'general');
  const before = fake.calls.length;
  expectTurns(fake, tasks.length, scale.cache_turns);
  await runJob(api, tasks, WORKERS, MODELS.given);
  fake.assertDone();
  const calls = fake.calls.slice(before).filter(({ body }) => body.tools !== undefined);
  const firsts = calls.filter(({ body }) => body.messages.every(({ role }) => role === 'user'));
  const all = sum(calls, inputOf);
  return {
    tasks: tasks.length,
    turns: scale.cache_turns,
    input_tokens: all,
    read: sum(calls, readOf) / all,
    written: sum(calls, ({ billed }) => billed.cache_creation_input_tokens) / all,
    read_in_first_turns: sum(firsts.slice(1), readOf) / sum(firsts.slice(1), inputOf),
  };
}

const readOf = ({ billed }: FakeCall): number => billed.cache_read_input_tokens;
const inputOf = ({ billed }: FakeCall): number =>
  billed.input_tokens + billed.cache_read_input_tokens + billed.cache_creation_input_tokens;
const sum = (calls: FakeCall[], of: (call: FakeCall) => number): number =>
  calls.reduce((total, call) => total + of(call), 0);
