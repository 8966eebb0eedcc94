import type { FakeCall } from '../../test/fakes/anthropic-call.ts';
import { countTokens } from '../../test/fakes/tokens.ts';
import { thinkingTasks } from '../plans.ts';
import { AT_ONCE, type Scale } from '../scale.ts';
import { LIMIT, MODELS, SHORT_AGENT, type Thinking } from '../thinking.ts';
import { runJob } from './job-run.ts';
import { expectTurns } from './turns.ts';

/** How much of a provider's rate limit the tasks of one job used, all at once. */
export interface ModelThroughput {
  /** where the product has the limit from: the config, or the provider's headers alone */
  limit_from: 'given' | 'learned';
  /** which of the two limits was the tighter one */
  binds: 'requests' | 'tokens';
  requests: number;
  /** from the first request of a task to the last one */
  seconds: number;
  /** of what the provider would have let through in that time, its full bucket at the start included */
  share: number;
  /** answers 429 */
  turned_away: number;
  /** parked calls, and attempts of tasks after the first */
  parked: number;
  lost_attempts: number;
}

/** Bytes of material in a task. With the short prompt requests are what binds, with the long one tokens. */
const MATERIALS = [0, 16_000];

/** Runs 50 tasks at once against the limit, with short and with long prompts, the limit given and learned. */
export async function measureModelThroughput(thinking: Thinking, scale: Scale): Promise<ModelThroughput[]> {
  const all: ModelThroughput[] = [];
  for (const limit_from of ['given', 'learned'] as const) {
    for (const material of MATERIALS) {
      all.push(await measureOne(thinking, limit_from, material, scale.turns));
    }
  }
  return all;
}

async function measureOne(
  { api, fake }: Thinking,
  limit_from: 'given' | 'learned',
  material: number,
  turns: number,
): Promise<ModelThroughput> {
  const before = { calls: fake.calls.length, turnedAway: fake.turnedAway() };
  expectTurns(fake, AT_ONCE, turns);
  const tasks = thinkingTasks(AT_ONCE, SHORT_AGENT, material);
  const { job_id } = await runJob(api, tasks, AT_ONCE, MODELS[limit_from]);
  fake.assertDone();
  const events = await api.events(job_id);
  const view = await api.status(job_id);
  return {
    limit_from,
    ...shareOf(fake.calls.slice(before.calls).filter(({ body }) => body.tools !== undefined)),
    turned_away: fake.turnedAway() - before.turnedAway,
    parked: events.filter(({ type }) => type === 'task.parked').length,
    lost_attempts: view.tasks.reduce((sum, { attempt }) => sum + attempt - 1, 0),
  };
}

/** Both shares, of which the larger is that of the limit that binds. */
function shareOf(calls: FakeCall[]): Pick<ModelThroughput, 'binds' | 'requests' | 'seconds' | 'share'> {
  const times = calls.map(({ at }) => at);
  const seconds = (Math.max(...times) - Math.min(...times)) / 1000;
  const tokens = calls.reduce(
    (sum, { body, billed }) => sum + countTokens(JSON.stringify(body)) + billed.output_tokens,
    0,
  );
  const ofRequests = calls.length / (LIMIT.requests_per_second * (seconds + 1));
  const ofTokens = tokens / (LIMIT.tokens_per_second * (seconds + 1));
  return {
    binds: ofRequests > ofTokens ? 'requests' : 'tokens',
    requests: calls.length,
    seconds,
    share: Math.max(ofRequests, ofTokens),
  };
}
