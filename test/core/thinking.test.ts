import { describe, expect, test } from 'vitest';
import type { AgentLimits } from '../../contracts/prepared-call.ts';
import type { Thread } from '../../contracts/turn.ts';
import {
  countRepeats,
  isFull,
  limitNotices,
  reachedLimit,
  withinAllowance,
} from '../../core/agents/thinking.ts';
import { wasOutside } from '../../core/schedule/retry.ts';

const LIMITS: AgentLimits = { max_turns: 10, max_tool_calls: 20, max_tokens: 1000 };

const threadOf = (changes: Partial<Thread> = {}): Thread => ({
  call: {
    call_id: 'c',
    job_id: 'j',
    task_id: 't',
    attempt: 1,
    purpose: 'task',
    agent: 'general',
    provider: 'anthropic',
    model: 'm',
    prompt_ref: 'p',
    max_output_tokens: 100,
    worst_case_usd: 1,
    price: null,
    thinking: { limits: LIMITS, context_window: 1000, approval_expires_seconds: null },
  },
  conversation: null,
  results: [],
  remarks: [],
  known_tokens: 0,
  turns: 0,
  tool_calls: 0,
  over_allowance: 0,
  handed_over: false,
  tokens: 0,
  artifacts: [],
  said: '',
  repeats: {},
  ...changes,
});

describe('limits of an agent', () => {
  test.each([
    ['turn_limit', { turns: 10 }],
    ['tool_call_limit', { tool_calls: 20, over_allowance: 2 }],
    ['token_limit', { tokens: 1000 }],
  ])('%s ends the attempt for good and keeps what was said', (code, changes) => {
    const limit = reachedLimit(threadOf({ ...changes, said: 'half of it' }), LIMITS);
    expect(limit).toMatchObject({ code, retryable: false, tail: 'half of it' });
  });

  test('below all of them it goes on', () => {
    expect(reachedLimit(threadOf({ turns: 9, tool_calls: 19, tokens: 999 }), LIMITS)).toBeNull();
    expect(reachedLimit(threadOf({ tool_calls: 20, over_allowance: 1 }), LIMITS)).toBeNull();
    expect(reachedLimit(threadOf({ tokens: 1e9 }), { ...LIMITS, max_tokens: null })).toBeNull();
  });
});

describe('the allowance of tool calls', () => {
  const named = (...names: string[]) => names.map((name) => ({ name }));

  test('covers the first calls of a turn up to the limit, and `finish` always', () => {
    const calls = named('bash', 'finish', 'grep', 'glob', 'finish');
    const parted = withinAllowance(calls, { tool_calls: 18 }, LIMITS);
    expect(parted).toEqual({
      covered: named('bash', 'finish', 'grep', 'finish'),
      refused: named('glob'),
      counted: 2,
    });
    const none = withinAllowance(calls, { tool_calls: 0 }, { ...LIMITS, max_tool_calls: 0 });
    expect(none).toMatchObject({ covered: named('finish', 'finish'), counted: 0 });
  });

  test('the agent is told when it is used up, and which turn is the last', () => {
    expect(limitNotices(threadOf({ turns: 8, tool_calls: 19 }), LIMITS)).toEqual([]);
    expect(limitNotices(threadOf({ turns: 8, tool_calls: 20 }), LIMITS)).toMatchObject([
      expect.stringContaining('allowance of 20 tool calls is used up'),
    ]);
    expect(limitNotices(threadOf({ turns: 9 }), LIMITS)).toMatchObject([
      expect.stringContaining('last turn of 10'),
    ]);
    expect(limitNotices(threadOf(), { ...LIMITS, max_tool_calls: 0 })).toEqual([]);
  });
});

describe('an agent that goes in circles', () => {
  const call = { fingerprint: 'f', name: 'grep', content_ref: 'same' };

  test('is told at the third equal call with the equal result, and ended at the fourth', () => {
    let repeats: Thread['repeats'] = {};
    const told: number[] = [];
    for (let turn = 1; turn <= 4; turn += 1) {
      const counted = countRepeats(repeats, [call]);
      repeats = counted.repeats;
      told.push(counted.remarks.length);
      const limit = reachedLimit(threadOf({ repeats }), LIMITS);
      expect(limit?.code).toBe(turn < 4 ? undefined : 'stuck');
    }
    expect(told).toEqual([0, 0, 1, 0]);
  });

  test('another result, or another call in between, begins the count anew', () => {
    const once = countRepeats({}, [call]).repeats;
    const twice = countRepeats(once, [call]).repeats;
    const changed = countRepeats(twice, [{ ...call, content_ref: 'other' }]);
    expect(changed.remarks).toEqual([]);
    expect(countRepeats(changed.repeats, [call]).remarks).toEqual([]);
  });
});

test('a conversation is compacted when three quarters of the window are full', () => {
  expect(isFull(threadOf({ known_tokens: 750 }))).toBe(false);
  expect(isFull(threadOf({ known_tokens: 751 }))).toBe(true);
  const result = { tool_use_id: 'u', content_ref: 'c', text: null, bytes: 300, is_error: false };
  expect(isFull(threadOf({ known_tokens: 650, results: [result] }))).toBe(false);
  expect(isFull(threadOf({ known_tokens: 651, results: [result] }))).toBe(true);
  // what was just compacted cannot be made shorter
  expect(isFull(threadOf({ known_tokens: 0, results: [{ ...result, bytes: 30_000 }] }))).toBe(false);
  const wordy = { ...threadOf().call, max_output_tokens: 600 };
  expect(isFull(threadOf({ known_tokens: 400, call: wordy }))).toBe(false);
  expect(isFull(threadOf({ known_tokens: 401, call: wordy }))).toBe(true);
});

test('failures of the outside keep the conversation, those of the agent do not', () => {
  const error = (code: string) => ({ code, message: '', retryable: true });
  expect(['worker_lost', 'answer_lost', 'overloaded'].every((code) => wasOutside(error(code)))).toBe(true);
  expect(['truncated', 'timeout', 'refusal', 'stuck'].some((code) => wasOutside(error(code)))).toBe(false);
});
